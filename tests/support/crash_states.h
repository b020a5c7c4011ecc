// This header defines for_each_crash_state(), which enumerates what a disk may hold after the power
// is cut, and for_each_kill_state(), after the death of the process alone.
//
// What is legal (RELIABILITY's bounds, and what they follow from):
//   a file     is as of any prefix of its changes since the last sync; the last one of them is torn
//              at each byte of its last line and at each earlier line (in-place writes: at some
//              bytes and at sectors). The size comes before the data: from the end of what was
//              synced, or from any later sector (512 bytes) on, all is as it was: zeros, or the
//              bytes that a truncation that was not synced has cut off. Sectors come in any order:
//              the first ones or a single one may be as they were, and the rest new.
//   names      any subset of up to six pending directory operations; of more, all prefixes and all
//              single omissions. A rename happens as a whole or not at all. That a file was synced
//              says nothing about its name.
//   a failed   sync leaves the bytes that it was for on the device or not, whatever later syncs
//              say.
//
// What is left out, so that the product stays finite: for each choice of names one file is varied
// fully while all others are as old or as new as possible, both; then `sample_count` combinations
// are drawn from the rest. Bytes that were overwritten in the cache before any sync (a torn write
// that was cut off and written again) do not come back from the middle of that history.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/disk_image.h"

namespace logslice::testing {

struct CrashBounds {
  int64_t sample_count = 8;
  uint64_t seed = 1;
  // 0: all. Otherwise that many at most, drawn from all, the extremes among them.
  int64_t state_count_max = 0;
};

// Each state once, as a disk that is mounted again: nothing pending, no lock held.
void for_each_crash_state(const DiskImage& image, const CrashBounds& bounds,
                          const std::function<void(const DiskImage&)>& visit);

// The contents that one file may have, each once; the oldest first, the newest last.
std::vector<std::string> crash_contents(const FileNode& node);

// Whether the bounds above allow the content, be it among crash_contents() or left out there:
// sector by sector it is what the file was at some time since the last sync, or two of those with a
// seam. For states that a real kernel has made.
bool is_allowed_content(const FileNode& node, std::string_view content);

// The disk as it is read once the cache is gone and everything but the bytes that failed syncs have
// dropped has made it to the device. Nothing pending.
DiskImage without_lost_bytes(const DiskImage& image);

// Of names and contents, in the cache and on the device; for telling states apart.
uint64_t fingerprint(const DiskImage& image);

}  // namespace logslice::testing
