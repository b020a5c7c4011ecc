// This header defines Inflater, which reads one gzip member, piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace logslice::internal {

// Memory: what zlib needs, about 40 KiB. Throws std::bad_alloc. Threads: one.
class Inflater {
 public:
  enum class Outcome {
    kMore,    // wants more bytes, or more room
    kEnd,     // the member is at its end, and its checksum and size are right
    kDamage,  // problem()
  };
  struct Step {
    Outcome outcome = Outcome::kMore;
    size_t taken_bytes = 0;  // of `bytes`
    size_t given_bytes = 0;  // of text
  };

  Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater();

  // Begins a member.
  void reset();

  // Takes from `bytes`, which go on where those taken before ended, and writes at most
  // `room_bytes` of text to `out`. Text that was given before damage was found may be wrong.
  Step inflate(std::string_view bytes, char* out, size_t room_bytes);

  // "its checksum is not that of its text", …
  const std::string& problem() const { return problem_; }

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  std::string problem_;
};

// The CRC-32 of gzip, going on from that of the bytes before (0: there are none).
uint32_t update_crc(uint32_t crc, std::string_view bytes);

}  // namespace logslice::internal
