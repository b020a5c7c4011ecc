// What the tests of writers share that leave several files behind: their names, what is in all of
// them, and what was asked of the disk and told on the way.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "segment_name.h"
#include "tests/persistence/writer_fixture.h"

namespace logslice::testing {

inline std::string sealed(int64_t first_seq, int64_t last_seq, int64_t generation = 1) {
  return internal::segment_path("/log.jsonl", {first_seq, last_seq, generation});
}

// As rotate_at_bytes: a segment of two notes with short texts.
constexpr int64_t kTwoLines = 150;

class SegmentWriterTest : public WriterTest {
 protected:
  // What a strict scan finds, "1:a 2:b".
  std::string entries(const std::string& path = "/log.jsonl") {
    std::string all;
    for (const ScannedNote& note : scan_notes(fs_, path, {.strict = true})) {
      all += (all.empty() ? "" : " ") + std::to_string(note.seq) + ":" + note.text;
    }
    return all;
  }
  std::vector<int64_t> seqs() {
    std::vector<int64_t> all;
    for (const ScannedNote& note : scan_notes(fs_, "/log.jsonl", {.strict = true})) {
      all.push_back(note.seq);
    }
    return all;
  }
  // All but the sidecar.
  std::vector<std::string> files() {
    std::vector<std::string> paths;
    for (const std::string& name : fs_.list_directory("/").names) {
      if (!name.ends_with(".lock")) paths.push_back("/" + name);
    }
    return paths;
  }
  std::string all_content() {
    std::string all;
    for (const std::string& path : files()) all += fs_.content(path);
    return all;
  }
  int64_t count_calls(std::string_view beginning) {
    const std::vector<std::string> calls = fs_.calls();
    return std::count_if(calls.begin(), calls.end(),
                         [&](const std::string& call) { return call.starts_with(beginning); });
  }
  // The names of the calls that change something or sync.
  std::vector<std::string> changes() {
    std::vector<std::string> names;
    for (const std::string& call : fs_.calls()) {
      const std::string name = call.substr(0, call.find(' '));
      if (name != "stat" && name != "fstat" && name != "read_at") names.push_back(name);
    }
    return names;
  }
  static void append_each(TestLog& log, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) EXPECT_TRUE(log.append(text).ok());
  }
  static std::vector<Diagnostic> told(const TestLog& log, std::string_view event) {
    std::vector<Diagnostic> found;
    for (const Diagnostic& diagnostic : log.diagnostics) {
      if (diagnostic.event == event) found.push_back(diagnostic);
    }
    return found;
  }
};

}  // namespace logslice::testing
