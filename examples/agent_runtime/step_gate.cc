#include "step_gate.h"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace agent_runtime {
namespace {

// Whether a whole message of `bytes` came. What the kernel says of a peer that died with something
// unread (ECONNRESET) is no end yet: what the peer itself said before may still lie there.
bool receive(int fd, void* into, size_t bytes) {
  while (true) {
    const ssize_t count = recv(fd, into, bytes, 0);
    if (count < 0 && (errno == EINTR || errno == ECONNRESET)) continue;
    return count == static_cast<ssize_t>(bytes);
  }
}

bool send_whole(int fd, const void* from, size_t bytes) {
  while (true) {
    // A dead peer is an answer here, not a signal.
    const ssize_t count = send(fd, from, bytes, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    return count == static_cast<ssize_t>(bytes);
  }
}

}  // namespace

GateEnd::GateEnd(int fd) : fd_(fd) { fcntl(fd_, F_SETFD, FD_CLOEXEC); }

GateEnd::GateEnd(GateEnd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

GateEnd& GateEnd::operator=(GateEnd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

GateEnd::~GateEnd() {
  if (fd_ >= 0) close(fd_);
}

bool GateEnd::enter(int64_t step) {
  if (fd_ < 0) return true;
  char go_on = 0;
  return send_whole(fd_, &step, sizeof(step)) && receive(fd_, &go_on, sizeof(go_on));
}

std::optional<int64_t> GateEnd::next_announced() {
  int64_t step = 0;
  if (!receive(fd_, &step, sizeof(step))) return std::nullopt;
  return step;
}

void GateEnd::let_through() {
  // If the worker has died, next_announced() will say so.
  const char go_on = 1;
  send_whole(fd_, &go_on, sizeof(go_on));
}

std::optional<Gate> make_gate() {
  std::array<int, 2> ends;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return std::nullopt;
  return Gate{GateEnd(ends[0]), GateEnd(ends[1])};
}

}  // namespace agent_runtime
