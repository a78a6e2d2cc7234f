// The status codes that this server answers with (RFC 9110 section 15), and what it says to a person.

/** Code -> its phrase, and a sentence that says what to do. */
export const statuses = {
  200: ["OK", ""],
  206: ["Partial Content", ""],
  301: ["Moved Permanently", "This is a folder; its address ends with a slash."],
  304: ["Not Modified", ""],
  400: ["Bad Request", "The request is malformed; send HTTP/1.1 as RFC 9112 has it."],
  404: ["Not Found", "There is nothing at this address; check how it is written."],
  405: ["Method Not Allowed", "Files can only be read: use GET or HEAD."],
  408: ["Request Timeout", "The request took too long to arrive; send it again."],
  411: ["Length Required", "A body needs a Content-Length."],
  413: ["Content Too Large", "Files can only be read; send no body."],
  414: ["URI Too Long", "The address is too long."],
  416: ["Range Not Satisfiable", "The range lies behind the end of the file."],
  417: ["Expectation Failed", "Nothing is expected here; leave the Expect field away."],
  431: ["Request Header Fields Too Large", "The request's fields are too large or too many."],
  501: ["Not Implemented", "This method is not known here: use GET or HEAD."],
  505: ["HTTP Version Not Supported", "Use HTTP/1.1."],
} as const;

/** A status code of the table. */
export type Status = keyof typeof statuses;
