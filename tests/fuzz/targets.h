// This header defines the fuzz targets. Each takes any bytes, uses the library on them, and throws
// a Finding if something is true that must never be.
//
// `./dev fuzz TARGET` runs one under libFuzzer (fuzzer_main.cc); corpus_test.cc runs all of them on
// the seeds and on simple mutations of them, in the ordinary test run.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace logslice::fuzz {

struct Finding : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void require(bool holds, const char* what) {
  if (!holds) throw Finding(what);
}

// An archive, or the text of one: forward and backward it has the same text and lines, whatever is
// wrong with it, and all that is wrong is told. The first byte chooses: see archive.cc.
void archive(std::string_view bytes);

// Lines, each with its newline but the last: the fast and the general decoder agree, and what was
// decoded comes back from its own line.
void decode_line(std::string_view bytes);

// The content of `<log>.lock`, as it is and with its checksum made right.
void sidecar(std::string_view bytes);

// A snapshot: what is accepted comes back from its own JSON, byte for byte.
void snapshot_json(std::string_view bytes);

// Any text: what is written of it is one JSON string, for us and for RapidJSON, and is read back as
// the text with each broken piece replaced.
void escape(std::string_view bytes);

// A log, with a sidecar and a sealed segment at times, on a disk in memory: readers agree with each
// other, a writer goes on behind it, and every byte is where it was or in `<log>.torn`. The first
// byte chooses: see recover_and_scan.cc.
void recover_and_scan(std::string_view bytes);

}  // namespace logslice::fuzz
