// Transport: reading and writing one non-blocking socket, plain or through TLS, and the TLS
// settings of a listener. OpenSSL is used directly on the socket, so that TLS and plain text share
// one flow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "kernel/base/status.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace souk::gateway {

/// What one attempt to read or write came to.
struct IoResult {
  enum class Kind : std::uint8_t { done, want_read, want_write, end, error };
  Kind kind = Kind::error;
  std::size_t bytes = 0;
};

/// A certificate and its key, loaded and checked. Immutable; shared by all threads.
class TlsContext {
 public:
  /// PEM files. FAILED_PRECONDITION says which file does not load, or that the two do not belong
  /// together. TLS 1.2 and newer, server's preference of ciphers, no compression, no renegotiation.
  static Result<std::unique_ptr<TlsContext>> load(const std::string& certificate,
                                                  const std::string& key);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  [[nodiscard]] ssl_ctx_st* native() const noexcept { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) noexcept : context_(context) {}
  ssl_ctx_st* context_;
};

/// Does not own the socket. One thread at a time.
class Transport {
 public:
  Transport() = default;
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// `socket` must be non-blocking and outlive this. False when TLS can't be set up.
  bool open(int socket, const TlsContext* tls);
  /// The TLS handshake, as far as it goes now; plain text is done at once.
  IoResult handshake();
  IoResult read(char* buffer, std::size_t size);
  IoResult write(const char* data, std::size_t size);
  /// Says goodbye (TLS close_notify) and ends the sending direction.
  void shutdown_send() noexcept;
  [[nodiscard]] bool tls() const noexcept { return ssl_ != nullptr; }

 private:
  IoResult failed(int result) noexcept;
  int socket_ = -1;
  ssl_st* ssl_ = nullptr;
};

}  // namespace souk::gateway
