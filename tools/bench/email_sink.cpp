// A mail server that only counts, and a client that only sends: what the machine allows to any
// program that speaks SMTP over as many connections.
//
//   email_sink serve                          prints its port; answers each line of standard input
//                                             with "taken RECIPIENTS"
//   email_sink send PORT CONNECTIONS COUNT BYTES   prints messages a second
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/smtp_sink.hpp"

namespace {

int connected(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::exit(1);
  const int yes = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return fd;
}

/// One command and its answer; answers of this server come in one piece.
void say(int fd, const std::string& text) {
  char answer[512];
  if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) < 0) std::exit(1);
  if (::recv(fd, answer, sizeof answer, 0) <= 0) std::exit(1);
}

void send_some(int port, std::atomic<int>& left, int bytes) {
  const int fd = connected(port);
  char hello[128];
  (void)!::recv(fd, hello, sizeof hello, 0);
  say(fd, "EHLO bench\r\n");
  for (int number = left--; number > 0; number = left--) {
    const std::string n = std::to_string(number);
    say(fd, "MAIL FROM:<shop@bench.example>\r\n");
    say(fd, "RCPT TO:<plain" + n + "@bench.example>\r\n");
    say(fd, "DATA\r\n");
    std::string message = "Subject: bench\r\nMessage-ID: <plain-" + n + "@bench>\r\n\r\n";
    while (message.size() < static_cast<std::size_t>(bytes))
      message += "Seventy-odd bytes of a message that says nothing, over and over again.\r\n";
    say(fd, message + "\r\n.\r\n");
  }
  ::close(fd);
}

int serve() {
  souk::testing::SmtpSink sink;
  std::cout << sink.port() << std::endl;
  for (std::string line; std::getline(std::cin, line);)
    std::cout << sink.taken() << ' ' << sink.recipients().size() << std::endl;
  return 0;
}

int send_all(char** words) {
  const int port = std::atoi(words[0]);
  const int connections = std::atoi(words[1]);
  const int count = std::atoi(words[2]);
  std::atomic<int> left{count};
  std::vector<std::thread> threads;
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < connections; ++i)
    threads.emplace_back([&] { send_some(port, left, std::atoi(words[3])); });
  for (std::thread& thread : threads)
    thread.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("%.0f\n", count / took.count());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "serve") return serve();
  if (what == "send" && argc == 6) return send_all(argv + 2);
  std::fprintf(stderr, "email_sink serve | email_sink send PORT CONNECTIONS COUNT BYTES\n");
  return 2;
}
