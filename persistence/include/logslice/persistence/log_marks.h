// This header defines LogMarks: how far the entries of a log have come.
#pragma once

#include <cstdint>

namespace logslice {

// Accepted survives nothing; written survives the death of the process; synced survives power
// loss, if the device keeps its word. synced <= written <= accepted. On open, accepted and written
// are the last sequence number found, and synced is 0: nobody knows whether what was found is on
// the device before the first sync. Contract: specs/durability.md.
struct LogMarks {
  int64_t accepted_seq = 0;  // the highest __seq__ given
  int64_t written_seq = 0;   // every entry up to it is in the file, or was dropped
  int64_t synced_seq = 0;    // every entry up to it is on the device, dropped, or unsyncable

  // Counted since open.
  int64_t dropped_count = 0;          // accepted, then dropped at the pending bound: holes
  int64_t refused_count = 0;          // never accepted: no JSON can hold them
  int64_t unsyncable_count = 0;       // written or found in a file whose sync failed, not kept
  int64_t repaired_string_count = 0;  // written with U+FFFD for invalid UTF-8
};

}  // namespace logslice
