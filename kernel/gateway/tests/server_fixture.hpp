// A server with a handler that tests steer: paths say what to do.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>

#include "kernel/gateway/http/server.hpp"
#include "kernel/gateway/tests/http_client.hpp"

namespace souk::gateway::testing {

/// /echo answers the body, /later… waits until release(), /big answers 3 MB, /drop answers nothing.
class SteeredHandler final : public RequestHandler {
 public:
  void handle(const Request& request, Reply reply) override {
    Response response;
    response.type = ContentType::text;
    if (request.path.starts_with("/later")) {
      const std::lock_guard lock(mutex_);
      waiting_.push_back({std::string(request.path), std::move(reply)});
      arrived_.notify_all();
      return;
    }
    if (request.path == "/drop") return;
    if (request.path == "/big") response.body.assign(3'000'000, 'b');
    if (request.path == "/echo") response.body = request.body;
    if (request.path == "/who") response.body = request.client_is_loopback ? "loopback" : "outside";
    reply.send(std::move(response));
  }
  bool appends_only(const Request& request) const noexcept override {
    return request.path.starts_with("/later/append");
  }
  Response refuse(int status, std::string_view detail) override {
    Response response;
    response.status = status;
    response.type = ContentType::text;
    response.body = detail;
    return response;
  }
  void finished(std::size_t, const RequestOutcome& outcome) noexcept override {
    const std::lock_guard lock(mutex_);
    statuses_.push_back(outcome.status);
  }

  /// Waits until `count` /later requests wait.
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, std::chrono::seconds(20),
                             [&] { return waiting_.size() >= count; });
  }
  std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  /// Answers the waiting request at `position` with its path.
  void release(std::size_t position) {
    std::unique_lock lock(mutex_);
    auto waiting = std::move(waiting_[position]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(position));
    lock.unlock();
    Response response;
    response.type = ContentType::text;
    response.body = waiting.path;
    waiting.reply.send(std::move(response));
  }

 private:
  struct Waiting {
    std::string path;
    Reply reply;
  };
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Waiting> waiting_;
  std::vector<int> statuses_;
};

class ServerFixture : public ::testing::Test {
 protected:
  void start(HttpServerSettings settings = {}) {
    if (settings.threads == 0) settings.threads = 2;
    auto opened = HttpServer::open(settings, handler_, base::system_clock());
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    server_ = std::move(opened).value();
  }
  HttpClient connect() { return HttpClient(server_->port()); }

  SteeredHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace souk::gateway::testing
