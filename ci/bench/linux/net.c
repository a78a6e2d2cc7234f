// The program of the Linux guest that `uusi bench net` talks to, at port 7. The first line of a
// connection says what to do, as in ci/e2e/tcp/program.ts: `echo` sends back what comes, `sink`
// reads to the end and says how much it was, `source BYTES` sends so much.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char piece[65536];

static void send_all(int socket, const char *bytes, long count) {
  for (long done = 0, part; done < count; done += part)
    if ((part = write(socket, bytes + done, count - done)) <= 0)
      exit(1);
}

static void serve(int socket) {
  char line[64];
  unsigned length = 0;
  while (length < sizeof line - 1 && read(socket, line + length, 1) == 1 && line[length] != '\n')
    length++;
  line[length] = 0;
  long count = 0, part;
  if (strcmp(line, "echo") == 0)
    while ((part = read(socket, piece, sizeof piece)) > 0)
      send_all(socket, piece, part);
  else if (strcmp(line, "sink") == 0) {
    while ((part = read(socket, piece, sizeof piece)) > 0)
      count += part;
    send_all(socket, line, snprintf(line, sizeof line, "%ld\n", count));
  } else if (strncmp(line, "source ", 7) == 0)
    for (count = atol(line + 7); count > 0; count -= part)
      send_all(socket, piece, part = count < (long)sizeof piece ? count : (long)sizeof piece);
}

int main(void) {
  int listening = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(7)};
  if (bind(listening, (struct sockaddr *)&at, sizeof at) != 0 || listen(listening, 16) != 0)
    return 1;
  puts("listening at 7");
  fflush(stdout);
  for (;;) {
    int socket = accept(listening, 0, 0);
    if (socket < 0)
      continue;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (fork() == 0) {
      close(listening);
      serve(socket);
      shutdown(socket, SHUT_WR);
      _exit(0);
    }
    close(socket);
    while (waitpid(-1, 0, WNOHANG) > 0)
      continue;
  }
}
