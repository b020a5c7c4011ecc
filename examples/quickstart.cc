// A session that writes its tool calls to a log, keeps the newest in memory, and reads all of them
// back.

#include <logslice/persistence/scan_log.h>
#include <logslice/session/session.h>

#include <iostream>
#include <string>

struct ToolInvoked {  // any aggregate: no macro, no base class, no registration code
  std::string name;
  logslice::JsonValue params;
  bool success = true;
};

absl::Status run() {
  // Set up a session with a persisted slice.
  logslice::Session session;
  absl::Status status = session.register_slice<ToolInvoked>(logslice::SlicePolicy::kLog);
  if (!status.ok()) return status;
  const logslice::LogPersistenceConfig config{
      .path = "./logs/tools.jsonl", .max_memory_entries = 100, .flush_interval = 5};
  status = session.configure_persistence<ToolInvoked>(config);
  if (!status.ok()) return status;

  // Run the agent: events accumulate and are written as they come.
  for (int i = 0; i < 250; ++i) {
    auto params = logslice::JsonValue::parse("{\"page\":" + std::to_string(i) + "}");
    if (!params.ok()) return params.status();
    session.dispatch(ToolInvoked{.name = "search", .params = *std::move(params)});
  }

  // The newest events are in memory.
  const auto recent = session.slice<ToolInvoked>().all();
  std::cout << "In memory: " << recent.size() << " events, the last with "
            << recent.back().params.text() << "\n";

  // All of them are on disk, once they are flushed.
  status = session.flush_logs();
  if (!status.ok()) return status;
  auto scan = logslice::scan_log<ToolInvoked>(config.path);
  if (!scan.ok()) return scan.status();
  int total = 0;
  for (const ToolInvoked& event : *scan) total += event.success ? 1 : 0;
  if (!scan->status().ok()) return scan->status();
  std::cout << "On disk: " << total << " events\n";

  // A snapshot says how far the log had come.
  const auto snapshot = session.snapshot();
  if (!snapshot.ok()) return snapshot.status();
  std::cout << "Snapshot: " << snapshot->to_json() << "\n";
  return session.close();
}

int main() {
  const absl::Status status = run();
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
