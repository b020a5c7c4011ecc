// This header defines SliceView, the entries of a slice at one moment.
//
//   for (const ToolInvoked& event : session.slice<ToolInvoked>().all()) …
#pragma once

#include <compare>
#include <cstddef>
#include <iterator>
#include <utility>

#include "logslice/session/internal/window_view.h"

namespace logslice {

// SliceView is a random-access range over the entries, oldest first. It copies no entry: it pins
// the memory they lie in, which stays valid and unchanged through eviction, restore and the end of
// the session, and is freed some time after the last view of it. Cost: one pointer per 512 to
// 16,384 entries. Threads: as a std::vector<S>; any number of views at once.
// Spec: specs/session.md, "Reading".
template <typename S>
class SliceView {
 public:
  // Valid as long as the view that it came from stays in place.
  class Iterator {
   public:
    using value_type = S;
    using difference_type = std::ptrdiff_t;
    using reference = const S&;
    using pointer = const S*;
    using iterator_category = std::random_access_iterator_tag;

    Iterator() = default;
    Iterator(const SliceView* view, size_t index) : view_(view), index_(index) {}

    reference operator*() const { return (*view_)[index_]; }
    pointer operator->() const { return &(*view_)[index_]; }
    reference operator[](difference_type n) const { return *(*this + n); }

    Iterator& operator++() { return *this += 1; }
    Iterator& operator--() { return *this -= 1; }
    Iterator operator++(int) { return std::exchange(*this, *this + 1); }
    Iterator operator--(int) { return std::exchange(*this, *this - 1); }
    Iterator& operator+=(difference_type n) {
      index_ += static_cast<size_t>(n);
      return *this;
    }
    Iterator& operator-=(difference_type n) { return *this += -n; }

    friend Iterator operator+(Iterator it, difference_type n) { return it += n; }
    friend Iterator operator+(difference_type n, Iterator it) { return it += n; }
    friend Iterator operator-(Iterator it, difference_type n) { return it -= n; }
    friend difference_type operator-(const Iterator& a, const Iterator& b) {
      return static_cast<difference_type>(a.index_ - b.index_);
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.index_ == b.index_; }
    friend auto operator<=>(const Iterator& a, const Iterator& b) { return a.index_ <=> b.index_; }

   private:
    const SliceView* view_ = nullptr;
    size_t index_ = 0;
  };
  using value_type = S;
  using iterator = Iterator;
  using const_iterator = Iterator;

  SliceView() = default;
  explicit SliceView(internal::WindowView view) : view_(std::move(view)) {}

  size_t size() const { return view_.size(); }
  bool empty() const { return size() == 0; }

  // Require index < size(), and a view that is not empty.
  const S& operator[](size_t index) const { return *static_cast<const S*>(view_.at(index)); }
  const S& front() const { return (*this)[0]; }
  const S& back() const { return (*this)[size() - 1]; }

  Iterator begin() const { return Iterator(this, 0); }
  Iterator end() const { return Iterator(this, size()); }

 private:
  internal::WindowView view_;
};

}  // namespace logslice
