// spdlog's async logger, fed with the lines that logslice writes.
//
// spdlog moves text, so the application makes the line, on its own thread, with the formatting that
// comes with spdlog. It counts its own __seq__ and reads the clock for __ts__. It escapes nothing:
// the sample's strings need none, and this favours spdlog.
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/fmt/chrono.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <chrono>
#include <utility>

#include "background_log.h"
#include "bench.h"
#include "peers.h"

namespace logslice::bench {
namespace {

// spdlog's own default.
constexpr size_t kQueueEntries = 8192;

struct UtcTime {
  std::tm second;
  int64_t micros;
};

UtcTime utc_time_of(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  return {fmt::gmtime(static_cast<std::time_t>(micros / 1'000'000)), micros % 1'000'000};
}

class SpdlogAsync final : public BackgroundLog {
 public:
  SpdlogAsync(const std::filesystem::path& path, spdlog::async_overflow_policy policy)
      : path_(path), pool_(std::make_shared<spdlog::details::thread_pool>(kQueueEntries, 1)) {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
    logger_ = std::make_shared<spdlog::async_logger>("bench", std::move(sink), pool_, policy);
    logger_->set_pattern("%v");
  }

  void put(Event& event) override {
    const ToolInvoked& entry = event.entry;
    const UtcTime created_at = utc_time_of(entry.created_at);
    const UtcTime now = utc_time_of(absl::FromChrono(std::chrono::system_clock::now()));
    logger_->info(
        R"({{"__type__":"logslice.bench:ToolInvoked","prompt_name":"{}","adapter":"{}","name":"{}",)"
        R"("params":{{"query":"{}"}},"result":{{"success":{},"hit_count":{}}},"session_id":"{}",)"
        R"("created_at":"{:%Y-%m-%dT%H:%M:%S}.{:06}+00:00","event_id":"{}","__seq__":{},)"
        R"("__ts__":"{:%Y-%m-%dT%H:%M:%S}.{:06}+00:00"}})",
        entry.prompt_name, entry.adapter, entry.name, entry.params.query, entry.result.success,
        entry.result.hit_count, entry.session_id->to_string(), created_at.second, created_at.micros,
        entry.event_id.to_string(), ++seq_, now.second, now.micros);
  }

  // The pool's thread ends when it has written all that is queued; the sink's end flushes the file.
  void finish() override {
    overrun_count_ = static_cast<int64_t>(pool_->overrun_counter());
    pool_.reset();
    logger_.reset();
  }

  int64_t check_and_count_dropped(const Events& events, int64_t put_count) const override {
    events.check_log(path_, put_count, overrun_count_);
    return overrun_count_;
  }

 private:
  const std::filesystem::path path_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
  int64_t seq_ = 0;
  int64_t overrun_count_ = 0;
};

BackgroundLogMaker spdlog_async(std::string name, spdlog::async_overflow_policy policy) {
  return {std::move(name), [policy](const std::filesystem::path& path) {
            return std::make_unique<SpdlogAsync>(path, policy);
          }};
}

}  // namespace

void add_spdlog_background(Peers& peers) {
  const BackgroundLogMaker block =
      spdlog_async("spdlog async, block", spdlog::async_overflow_policy::block);
  peers.background.push_back({AtBound::kWait, block});
  // It also drops when asked to, and then does not stall; shown in both ways.
  peers.background.push_back({AtBound::kDropOldest, block});
  peers.background.push_back(
      {AtBound::kDropOldest,
       spdlog_async("spdlog async, overrun", spdlog::async_overflow_policy::overrun_oldest)});
}

}  // namespace logslice::bench
