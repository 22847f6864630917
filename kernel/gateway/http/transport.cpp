#include "kernel/gateway/http/transport.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <climits>

namespace souk::gateway {
namespace {

std::string last_openssl_error() {
  char text[256] = "unknown error";
  const unsigned long code = ERR_get_error();
  if (code != 0) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

int as_int(std::size_t size) noexcept { return size > INT_MAX ? INT_MAX : static_cast<int>(size); }

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::load(const std::string& certificate,
                                                     const std::string& key) {
  ERR_clear_error();
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) return Status(Code::internal, "TLS: " + last_openssl_error());
  std::unique_ptr<TlsContext> made(new TlsContext(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Idle connections hold no buffers; a retried write may come from another address.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return Status(Code::failed_precondition, "server.tls.certificate: cannot load " + certificate +
                                                 ": " + last_openssl_error());
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Status(Code::failed_precondition,
                  "server.tls.key: cannot load " + key + ": " + last_openssl_error());
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return Status(
        Code::failed_precondition,
        "server.tls: the key " + key + " does not belong to the certificate " + certificate);
  }
  return made;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Transport::~Transport() { SSL_free(ssl_); }

bool Transport::open(int socket, const TlsContext* tls) {
  socket_ = socket;
  if (tls == nullptr) return true;
  ssl_ = SSL_new(tls->native());
  if (ssl_ == nullptr || SSL_set_fd(ssl_, socket) != 1) return false;
  SSL_set_accept_state(ssl_);
  return true;
}

IoResult Transport::failed(int result) noexcept {
  const int error = SSL_get_error(ssl_, result);
  ERR_clear_error();
  switch (error) {
    case SSL_ERROR_WANT_READ:
      return {IoResult::Kind::want_read, 0};
    case SSL_ERROR_WANT_WRITE:
      return {IoResult::Kind::want_write, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {IoResult::Kind::end, 0};
    default:
      return {IoResult::Kind::error, 0};
  }
}

IoResult Transport::handshake() {
  if (ssl_ == nullptr) return {IoResult::Kind::done, 0};
  const int result = SSL_do_handshake(ssl_);
  return result == 1 ? IoResult{IoResult::Kind::done, 0} : failed(result);
}

IoResult Transport::read(char* buffer, std::size_t size) {
  if (ssl_ != nullptr) {
    const int result = SSL_read(ssl_, buffer, as_int(size));
    if (result > 0) return {IoResult::Kind::done, static_cast<std::size_t>(result)};
    return failed(result);
  }
  for (;;) {
    const ssize_t result = ::recv(socket_, buffer, size, 0);
    if (result > 0) return {IoResult::Kind::done, static_cast<std::size_t>(result)};
    if (result == 0) return {IoResult::Kind::end, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoResult::Kind::want_read, 0};
    return {IoResult::Kind::error, 0};
  }
}

IoResult Transport::write(const char* data, std::size_t size) {
  if (ssl_ != nullptr) {
    const int result = SSL_write(ssl_, data, as_int(size));
    if (result > 0) return {IoResult::Kind::done, static_cast<std::size_t>(result)};
    return failed(result);
  }
  for (;;) {
    const ssize_t result = ::send(socket_, data, size, MSG_NOSIGNAL);
    if (result >= 0) return {IoResult::Kind::done, static_cast<std::size_t>(result)};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoResult::Kind::want_write, 0};
    return {IoResult::Kind::error, 0};
  }
}

void Transport::shutdown_send() noexcept {
  if (ssl_ != nullptr && SSL_is_init_finished(ssl_) == 1) {
    SSL_shutdown(ssl_);
    ERR_clear_error();
  }
  ::shutdown(socket_, SHUT_WR);
}

}  // namespace souk::gateway
