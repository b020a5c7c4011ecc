// A program outside logslice's own tree, as a user would write it: public headers and one target.
// Writes a log through a session, reads it back with scan_log, and compares.
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/json_value.h"
#include "logslice/session/session.h"

namespace consumer {

struct ToolInvoked {
  std::string name;
  logslice::JsonValue params;
  absl::Time created_at;
  int64_t attempt = 0;

  friend bool operator==(const ToolInvoked&, const ToolInvoked&) = default;
};

}  // namespace consumer

namespace {

using consumer::ToolInvoked;

// Returns whether all is well; says what is not.
bool check(const absl::Status& status, std::string_view what) {
  if (!status.ok()) std::cerr << what << ": " << status.ToString() << '\n';
  return status.ok();
}

bool run(const std::filesystem::path& path) {
  std::vector<ToolInvoked> sent;
  for (int64_t i = 1; i <= 10; ++i) {
    sent.push_back({.name = "search " + std::to_string(i),
                    .params = *logslice::JsonValue::parse(R"({"query":"x"})"),
                    .created_at = absl::FromUnixMicros(1736937000123456 + i),
                    .attempt = i});
  }

  logslice::Session session;
  if (!check(session.register_slice<ToolInvoked>(logslice::SlicePolicy::kLog), "register")) {
    return false;
  }
  if (!check(session.configure_persistence<ToolInvoked>({.path = path, .max_memory_entries = 4}),
             "configure")) {
    return false;
  }
  for (const ToolInvoked& event : sent) session.dispatch(event);
  if (session.slice<ToolInvoked>().size() != 4) {
    std::cerr << "expected 4 entries in memory, got " << session.slice<ToolInvoked>().size()
              << '\n';
    return false;
  }
  if (!check(session.close(), "close")) return false;

  absl::StatusOr<logslice::LogScan<ToolInvoked>> scan =
      logslice::scan_log<ToolInvoked>(path, {.strict = true});
  if (!check(scan.status(), "scan")) return false;
  std::vector<ToolInvoked> read;
  for (ToolInvoked& event : *scan) read.push_back(std::move(event));
  if (!check(scan->status(), "scan")) return false;
  if (read != sent) {
    std::cerr << "what was read is not what was sent: " << read.size() << " entries\n";
    return false;
  }
  std::cout << "consumer: " << read.size() << " entries sent, written and read back\n";
  return true;
}

}  // namespace

int main() { return run("tools.jsonl") ? 0 : 1; }
