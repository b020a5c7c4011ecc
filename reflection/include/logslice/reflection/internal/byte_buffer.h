// This header defines `ByteBuffer`, growable bytes that are never cleared before they are written.
//
// std::string would zero what `resize` adds; the encoder reserves an upper bound of several times
// what it then uses, so that zeroing would cost more than encoding.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace logslice::internal {

class ByteBuffer {
 public:
  const char* data() const { return bytes_.get(); }
  char* data() { return bytes_.get(); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t capacity() const { return capacity_; }
  std::string_view view() const { return {bytes_.get(), size_}; }

  // Keeps the capacity, so that a buffer in steady use allocates nothing.
  void clear() { size_ = 0; }

  // Returns where the next `extra` bytes may be written; valid until the next non-const call.
  // What was written counts only after `commit_until`.
  char* reserve_extra(size_t extra) {
    if (capacity_ - size_ < extra) grow(size_ + extra);
    return bytes_.get() + size_;
  }

  // `end` is behind the last byte written into what `reserve_extra` handed out.
  void commit_until(const char* end) {
    size_ = static_cast<size_t>(end - bytes_.get());
    assert(size_ <= capacity_);
  }

  void append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(reserve_extra(text.size()), text.data(), text.size());
    size_ += text.size();
  }

  void erase_front(size_t count) {
    assert(count <= size_);
    if (count != size_) std::memmove(bytes_.get(), bytes_.get() + count, size_ - count);
    size_ -= count;
  }

  // Cuts the bytes behind `size`.
  void truncate(size_t size) {
    assert(size <= size_);
    size_ = size;
  }

  // Gives the memory back when it has grown beyond `keep_bytes`; call it when the buffer is empty.
  void shrink_to(size_t keep_bytes) {
    if (size_ != 0 || capacity_ <= keep_bytes) return;
    bytes_.reset();
    capacity_ = 0;
  }

 private:
  void grow(size_t needed) {
    const size_t capacity = needed > capacity_ * 2 ? needed : capacity_ * 2;
    std::unique_ptr<char[]> bytes(new char[capacity]);
    if (size_ != 0) std::memcpy(bytes.get(), bytes_.get(), size_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace logslice::internal
