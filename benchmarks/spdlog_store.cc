// spdlog, fed with lines that are finished: its part is the way into the file.
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>

#include "line_store.h"
#include "peers.h"

namespace logslice::bench {
namespace {

class SpdlogFile final : public LineStore {
 public:
  // Written: flushed after each line. Buffered: when its buffer, that of stdio, is full.
  SpdlogFile(const std::filesystem::path& directory, EachPut each_put)
      : path_(directory / "spdlog.jsonl"),
        logger_(std::make_unique<spdlog::logger>(
            "bench", std::make_shared<spdlog::sinks::basic_file_sink_mt>(path_.string()))) {
    // The line brings its own end.
    logger_->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%v", spdlog::pattern_time_type::utc, std::string()));
    if (each_put == EachPut::kWritten) logger_->flush_on(spdlog::level::info);
  }

  void put(std::string_view line) override {
    logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }

  void close() override { logger_.reset(); }

  void for_each_line(const std::function<void(std::string_view)>& visit) const override {
    for_each_line_of_file(path_, visit);
  }

 private:
  const std::filesystem::path path_;
  std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace

void add_spdlog_store(Peers& peers) {
  for (const EachPut each_put : {EachPut::kWritten, EachPut::kBuffered}) {
    peers.stores.push_back(store_peer<SpdlogFile>("spdlog, of a finished line", each_put));
  }
}

}  // namespace logslice::bench
