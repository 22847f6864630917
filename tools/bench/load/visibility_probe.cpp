// visibility_probe: how long after its acknowledgement an event shows in an answer.
//
// Posts a click of a shopper whom nobody knows yet, waits for the acknowledgement, then asks for
// that shopper's recently viewed products again and again until the product is there. What is
// reported ends with the arrival of the answer that shows it, so one request's way is included.
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tools/bench/load/load_worker.hpp"

namespace souk::bench {
namespace {

/// One blocking keep-alive connection.
class Client {
 public:
  static Result<Client> open(std::uint16_t port) {
    auto fd = connect_to(port, true);
    if (!fd) return fd.status();
    return Client(*fd);
  }
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  Client& operator=(Client&&) = delete;
  ~Client() {
    if (fd_ >= 0) close(fd_);
  }

  /// The answer is a view, valid until the next call.
  Result<Response> ask(const std::string& request) {
    if (send(fd_, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
      return Status(Code::unavailable, "could not send");
    }
    for (;;) {
      const ssize_t got = recv(fd_, reader_.prepare(kRoom), kRoom, 0);
      if (got <= 0) return Status(Code::unavailable, "the connection ended");
      reader_.commit(static_cast<std::size_t>(got));
      if (const auto response = reader_.next()) return *response;
      if (reader_.failed()) return Status(Code::unavailable, "not an HTTP answer");
    }
  }

 private:
  explicit Client(int fd) : fd_(fd) {}
  static constexpr std::size_t kRoom = 16U << 10U;
  int fd_;
  ResponseReader reader_;
};

struct Options {
  std::uint16_t port = 0;
  std::string key;
  double seconds = 10;
  unsigned pause_us = 2'000;
  std::string products;
};

/// The lines of a file; none when it can't be read.
std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

struct Tally {
  LatencyHistogram from_ack;
  LatencyHistogram from_send;
  std::uint64_t polls = 0;
  std::uint64_t never = 0;
};

constexpr std::int64_t kGiveUp = 5'000'000'000;

/// One click, watched until it shows.
Status probe(const Options& options, Client& client, const std::string& product,
             const std::string& shopper, Tally& tally) {
  const std::string authorization = "\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + options.key;
  const std::string body = "{\"events\":[{\"id\":\"" + shopper + "\",\"shopperId\":\"" + shopper +
                           "\",\"productViewed\":{\"productId\":\"" + product + "\"}}]}";
  const std::int64_t sent = monotonic_ns();
  auto reply = client.ask("POST /v1/events HTTP/1.1" + authorization +
                          "\r\nContent-Type: application/json\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\n\r\n" + body);
  if (!reply) return reply.status();
  const std::int64_t acknowledged = monotonic_ns();
  if (reply->status != 202) return {Code::unavailable, "refused: " + std::string(reply->body)};
  const std::string question =
      "GET /v1/recommendations?kind=recently_viewed&limit=5&shopperId=" + shopper + " HTTP/1.1" +
      authorization + "\r\n\r\n";
  const std::string shown = "\"" + product + "\"";
  for (;;) {
    reply = client.ask(question);
    if (!reply) return reply.status();
    ++tally.polls;
    const std::int64_t now = monotonic_ns();
    if (reply->body.find(shown) != std::string_view::npos) {
      tally.from_ack.record(now - acknowledged);
      tally.from_send.record(now - sent);
      return {};
    }
    if (now - acknowledged > kGiveUp) {
      ++tally.never;
      return {};
    }
  }
}

int run(int argc, char** argv) {
  CLI::App app("How long after its acknowledgement an event shows in an answer; one JSON line");
  Options options;
  app.add_option("--port", options.port, "Port on 127.0.0.1")->required();
  app.add_option("--key", options.key, "API key with the scopes events and decide")->required();
  app.add_option("--seconds", options.seconds, "How long to measure");
  app.add_option("--pause-us", options.pause_us, "Pause between two clicks");
  app.add_option("--products", options.products, "A file of products on sale, one a line")
      ->required();
  CLI11_PARSE(app, argc, argv);
  const std::vector<std::string> products = lines_of(options.products);
  auto client = Client::open(options.port);
  Status status = client ? Status() : client.status();
  if (products.empty()) status = {Code::invalid_argument, options.products + " lists no product"};
  Tally tally;
  const std::int64_t start = monotonic_ns();
  const std::string tag = "probe-" + std::to_string(start) + "-";
  for (std::uint64_t number = 0;
       status.ok() && monotonic_ns() - start < static_cast<std::int64_t>(options.seconds * 1e9);
       ++number) {
    const std::string& product = products[number % products.size()];
    status = probe(options, *client, product, tag + std::to_string(number), tally);
    std::this_thread::sleep_for(std::chrono::microseconds(options.pause_us));
  }
  if (!status.ok()) {
    std::fprintf(stderr, "visibility_probe: error: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  std::printf(
      "{\"clicks\":%llu,\"never_seen\":%llu,\"polls\":%llu,\"p50_us\":%.1f,\"p99_us\":%.1f,"
      "\"max_us\":%.1f,\"from_send_p50_us\":%.1f,\"from_send_p99_us\":%.1f}\n",
      static_cast<unsigned long long>(tally.from_ack.total()),
      static_cast<unsigned long long>(tally.never), static_cast<unsigned long long>(tally.polls),
      tally.from_ack.quantile_us(0.5), tally.from_ack.quantile_us(0.99), tally.from_ack.max_us(),
      tally.from_send.quantile_us(0.5), tally.from_send.quantile_us(0.99));
  return 0;
}

}  // namespace
}  // namespace souk::bench

int main(int argc, char** argv) { return souk::bench::run(argc, argv); }
