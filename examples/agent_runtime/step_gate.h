// This header defines the gate between supervisor and worker: the worker asks before each step, and
// the supervisor lets it through. That is how the supervisor can kill at a step of its choice
// without any waiting by the clock.
#pragma once

#include <cstdint>
#include <optional>

namespace agent_runtime {

// A pair of connected ends, each of which closes what it holds. Messages are whole: a step number
// one way, one byte the other.
class GateEnd {
 public:
  GateEnd() = default;
  // Takes an open descriptor, which programs that are started from here do not get.
  explicit GateEnd(int fd);
  GateEnd(GateEnd&& other) noexcept;
  GateEnd& operator=(GateEnd&& other) noexcept;
  ~GateEnd();

  int fd() const { return fd_; }

  // The worker: announces that `step` is next and all before it are in the log; waits. False: the
  // supervisor is gone. Without a descriptor, when nobody supervises: true.
  bool enter(int64_t step);

  // The supervisor: the next step that the worker announces. Nullopt: no process has the other end
  // any more, be it the worker or what it was about to start.
  std::optional<int64_t> next_announced();
  void let_through();

 private:
  int fd_ = -1;
};

struct Gate {
  GateEnd supervisor;
  GateEnd worker;
};

// Nullopt: the system gives no descriptors; errno says why.
std::optional<Gate> make_gate();

}  // namespace agent_runtime
