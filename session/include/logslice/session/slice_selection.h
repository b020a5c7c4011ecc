// This header defines SliceSelection, the entries of a slice that a predicate picked.
#pragma once

#include <cstddef>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "logslice/session/internal/slice_reading.h"

namespace logslice {

// SliceSelection is a random-access range over the picked entries, oldest first. It copies no
// entry: it holds the view that pins them, and pointers. Valid as a SliceView is.
template <typename S>
class SliceSelection {
 public:
  class Iterator {
   public:
    using value_type = S;
    using difference_type = std::ptrdiff_t;
    using reference = const S&;
    using pointer = const S*;
    using iterator_category = std::random_access_iterator_tag;

    Iterator() = default;
    explicit Iterator(const void* const* at) : at_(at) {}

    reference operator*() const { return *static_cast<const S*>(*at_); }
    pointer operator->() const { return static_cast<const S*>(*at_); }
    reference operator[](difference_type n) const { return *(*this + n); }

    Iterator& operator++() { return *this += 1; }
    Iterator& operator--() { return *this -= 1; }
    Iterator operator++(int) { return std::exchange(*this, *this + 1); }
    Iterator operator--(int) { return std::exchange(*this, *this - 1); }
    Iterator& operator+=(difference_type n) {
      at_ += n;
      return *this;
    }
    Iterator& operator-=(difference_type n) { return *this += -n; }

    friend Iterator operator+(Iterator it, difference_type n) { return it += n; }
    friend Iterator operator+(difference_type n, Iterator it) { return it += n; }
    friend Iterator operator-(Iterator it, difference_type n) { return it -= n; }
    friend difference_type operator-(const Iterator& a, const Iterator& b) { return a.at_ - b.at_; }
    friend auto operator<=>(const Iterator&, const Iterator&) = default;

   private:
    const void* const* at_ = nullptr;
  };
  using value_type = S;

  explicit SliceSelection(internal::PickedEntries picked) : picked_(std::move(picked)) {}

  size_t size() const { return picked_.entries.size(); }
  bool empty() const { return picked_.entries.empty(); }

  // Require index < size(), and a selection that is not empty.
  const S& operator[](size_t index) const { return begin()[static_cast<std::ptrdiff_t>(index)]; }
  const S& front() const { return (*this)[0]; }
  const S& back() const { return (*this)[size() - 1]; }

  Iterator begin() const { return Iterator(picked_.entries.data()); }
  Iterator end() const { return Iterator(picked_.entries.data() + size()); }

  // OK, or Internal with the text of what the predicate threw. The selection then holds what was
  // picked before.
  const absl::Status& status() const { return picked_.status; }

 private:
  internal::PickedEntries picked_;
};

}  // namespace logslice
