#include "background_log.h"

#include "bench.h"
#include "logslice/persistence/scan_log.h"
#include "logslice/reflection/internal/describe.h"
#include "logslice/reflection/internal/encode.h"
#include "logslice/session/session.h"

namespace logslice::bench {
namespace {

constexpr size_t kDifferentCount = 1000;

std::string line_of(const ToolInvoked& entry, internal::ByteBuffer& buffer) {
  buffer.clear();
  internal::encode_line(internal::type_table<ToolInvoked>(), &entry, 123'456,
                        "2025-01-15T10:30:00.123789+00:00", buffer);
  return std::string(buffer.view());
}

class Logslice final : public BackgroundLog {
 public:
  Logslice(const std::filesystem::path& path, AtBound at_bound) : path_(path) {
    check(session_.register_slice<ToolInvoked>(SlicePolicy::kLog).ok(), "register_slice");
    LogPersistenceConfig config = {
        .path = path, .max_memory_entries = 1000, .write_mode = WriteMode::kBackground};
    if (at_bound == AtBound::kWait) {
      config.overflow = OverflowPolicy::kBlock;
      config.overflow_timeout = absl::Minutes(1);
    }
    check(session_.configure_persistence<ToolInvoked>(config).ok(), "configure_persistence");
  }

  void put(Event& event) override { session_.dispatch(std::move(event.entry)); }

  void finish() override { check(session_.flush_logs().ok(), "flush_logs"); }

  int64_t check_and_count_dropped(const Events& events, int64_t put_count) const override {
    const absl::StatusOr<LogMarks> marks = session_.log_marks<ToolInvoked>();
    check(marks.ok(), "log_marks");
    events.check_log(path_, put_count, marks->dropped_count);
    return marks->dropped_count;
  }

 private:
  const std::filesystem::path path_;
  Session session_;
};

class EmptyTimer final : public BackgroundLog {
 public:
  void put(Event&) override {}
  void finish() override {}
  int64_t check_and_count_dropped(const Events&, int64_t) const override { return 0; }
};

}  // namespace

Events::Events() {
  internal::ByteBuffer buffer;
  for (ToolInvoked& entry : make_entries(kDifferentCount)) {
    std::string line = line_of(entry, buffer);
    events_.push_back({std::move(entry), std::move(line)});
  }
}

void Events::check_log(const std::filesystem::path& path, int64_t put_count,
                       int64_t dropped_count) const {
  check(*count_log_entries(path) == put_count - dropped_count, "entries are missing in the file");
  auto scan = scan_log<ToolInvoked>(path, {.strict = true});
  check(scan.ok(), "scan_log");
  for (auto at = scan->begin(); at != scan->end(); ++at) {
    check(is_equal(*at, of(at.seq() - 1).entry), "an entry is not the one that was dispatched");
  }
  check(scan->status().ok() && scan->stats().entry_count == put_count - dropped_count,
        "the file cannot be read back");
}

BackgroundLogMaker logslice_background(AtBound at_bound) {
  return {"logslice", [at_bound](const std::filesystem::path& path) {
            return std::make_unique<Logslice>(path, at_bound);
          }};
}

BackgroundLogMaker empty_timer() {
  return {"empty timer",
          [](const std::filesystem::path&) { return std::make_unique<EmptyTimer>(); }};
}

}  // namespace logslice::bench
