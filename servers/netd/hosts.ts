// Names that netd knows without asking, as /etc/hosts has them: an address, its name, other names.

export const hosts = `
127.0.0.1  localhost localhost.localdomain leivos
`;
