// This header defines what a child that will be killed writes, and how it tells what it has done.
// Included by the child and by those who look at what it left behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "logslice/reflection/entry_traits.h"

namespace logslice::testing {

// Every member follows from the sequence number, so that what is found can be checked without
// knowing what the child had got to.
struct CrashEntry {
  std::string text;
  int64_t number = 0;
};

// Mostly short; some lines cross pages, and a few are so long that a kill can hit the middle of
// their write(2).
inline CrashEntry crash_entry(int64_t seq) {
  size_t size_bytes = static_cast<size_t>(seq * 37 % 211);
  if (seq % 17 == 0) size_bytes += 9'000;
  if (seq % 101 == 0) size_bytes += 300'000;
  std::string text(size_bytes, static_cast<char>('a' + seq % 26));
  text += "\n\"\\";  // what is escaped, at the end of each
  return {std::move(text), seq};
}

// Its line, of a child with --fixed-clock.
inline std::string crash_line(int64_t seq) {
  const std::string number = std::to_string(seq);
  std::string text = crash_entry(seq).text;
  text.replace(text.size() - 3, 3, "\\n\\\"\\\\");
  return "{\"__type__\":\"test:CrashEntry\",\"text\":\"" + text + "\",\"number\":" + number +
         ",\"__seq__\":" + number + ",\"__ts__\":\"2025-01-15T10:30:00.000000+00:00\"}\n";
}

// Of one size, a little less than a quarter of a page.
inline CrashEntry even_entry(int64_t seq) {
  return {std::string(900, static_cast<char>('a' + seq % 26)), seq};
}

// One record on the child's standard output, by one write(2).
struct Ack {
  enum class Kind : int64_t {
    kOpened,          // seq: the last one that the log had
    kWritten,         // every entry up to seq is in the file
    kSynced,          // every entry up to seq is on the device
    kClosed,          // closed without an error; seq: the last one accepted
    kMissedDeadline,  // of background_child; seq: the entries that are said not to be written
    kFailed,          // something failed that should not; what, is on standard error
  };
  Kind kind;
  int64_t seq;
};

// What the child exits with when it may not be traced.
inline constexpr int kExitUntraceable = 77;

}  // namespace logslice::testing

template <>
struct logslice::EntryTraits<logslice::testing::CrashEntry> {
  static constexpr std::string_view id = "test:CrashEntry";
};
