// This header defines LineEncoder: what makes a line of an entry, so that rows can treat libraries
// and code that is written by hand alike.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "logslice/reflection/internal/byte_buffer.h"
#include "sample_entry.h"

namespace logslice::bench {

// It may keep what it needs from one line to the next: buffers, the text of the last second.
class LineEncoder {
 public:
  virtual ~LineEncoder() = default;

  // Puts the line, newline included, behind what `out` holds. `ts` is text already.
  virtual void append_line(const ToolInvoked& entry, int64_t seq, std::string_view ts,
                           internal::ByteBuffer& out) = 0;
};

struct LineEncoderMaker {
  std::string name;
  std::function<std::unique_ptr<LineEncoder>()> make;
};

template <typename Encoder>
LineEncoderMaker encoder_maker(std::string name) {
  return {std::move(name), [] { return std::make_unique<Encoder>(); }};
}

// What the library itself does, and what somebody would write for this one type who has the time.
LineEncoderMaker logslice_encoder();
LineEncoderMaker hand_written_encoder();

// Fails the benchmark unless the encoder's lines are what they should: read back, they give their
// entries, also those whose text needs escapes.
void check_encoder(const LineEncoderMaker& maker);

}  // namespace logslice::bench
