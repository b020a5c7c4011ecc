#include "inflater.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "text.h"

namespace logslice::internal {

namespace {

constexpr int kGzipOnly = 15 + 16;  // any window; header and trailer are those of gzip

constexpr size_t kCountMax = std::numeric_limits<uInt>::max();

std::string_view or_empty(const char* text) { return text == nullptr ? "" : text; }

std::string zlib_text(std::string_view message) {
  if (message == "incorrect data check") return "the checksum is not that of the text";
  if (message == "incorrect length check") return "the size is not that of the text";
  if (message == "incorrect header check") return "no gzip member begins here";
  return concat("no sound deflate data (", message, ")");
}

}  // namespace

struct Inflater::Stream : z_stream {};

Inflater::Inflater() : stream_(std::make_unique<Stream>()) {
  if (inflateInit2(stream_.get(), kGzipOnly) != Z_OK) throw std::bad_alloc();
}

Inflater::~Inflater() { inflateEnd(stream_.get()); }

void Inflater::reset() {
  inflateReset(stream_.get());
  problem_.clear();
}

Inflater::Step Inflater::inflate(std::string_view bytes, char* out, size_t room_bytes) {
  const size_t in_bytes = std::min(bytes.size(), kCountMax);
  const size_t out_bytes = std::min(room_bytes, kCountMax);
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream_->avail_in = static_cast<uInt>(in_bytes);
  stream_->next_out = reinterpret_cast<Bytef*>(out);
  stream_->avail_out = static_cast<uInt>(out_bytes);
  const int outcome = ::inflate(stream_.get(), Z_NO_FLUSH);
  Step step;
  step.taken_bytes = in_bytes - stream_->avail_in;
  step.given_bytes = out_bytes - stream_->avail_out;
  switch (outcome) {
    case Z_OK:
    case Z_BUF_ERROR:  // nothing could be done: it needs bytes, or room
      step.outcome = Outcome::kMore;
      break;
    case Z_STREAM_END:
      step.outcome = Outcome::kEnd;
      break;
    case Z_MEM_ERROR:
      throw std::bad_alloc();
    default:
      problem_ = outcome == Z_NEED_DICT ? "it asks for a dictionary, which gzip does not have"
                                        : zlib_text(or_empty(stream_->msg));
      step.outcome = Outcome::kDamage;
      break;
  }
  return step;
}

uint32_t update_crc(uint32_t crc, std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t count = std::min(bytes.size(), kCountMax);
    crc = static_cast<uint32_t>(
        crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(count)));
    bytes.remove_prefix(count);
  }
  return crc;
}

}  // namespace logslice::internal
