#include "parallel_scan.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "logslice/persistence/internal/process_generation.h"
#include "logslice/persistence/internal/signals_kept_away.h"
#include "logslice/reflection/internal/status.h"
#include "scan_filter.h"

namespace logslice::internal {

namespace {

const std::atomic<bool> kIsNeverStopped = false;
const std::string kNoPath;

}  // namespace

// The threads, and the batches that they share with whoever scans. A batch is free, or in one
// thread's hands, or ready under its number. Locks: reader_mutex_ is held while the reader goes on;
// mutex_, taken inside it or alone, never for long.
class ParallelScan::Crew {
 public:
  Crew(const TypeTable& table, LogReader reader, const ScanOptions& options)
      : table_(table), options_(options), reader_(std::move(reader), options) {
    const size_t count = 2 * static_cast<size_t>(options.threads);
    ready_.resize(count);
    free_.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      batches_.push_back(std::make_unique<ScanBatch>(table));
      batches_.back()->last_thread = static_cast<int>(i) / 2;
      free_.push_back(batches_.back().get());
    }
  }

  ~Crew() { stop(); }

  bool is_ordered() const { return reader_.is_ordered(); }

  // The batch of this number; the caller decodes while it is not there. Null: the log ends before.
  ScanBatch* get(uint64_t number, BlockScanner& scanner) {
    for (;;) {
      ScanBatch* batch = nullptr;
      {
        std::unique_lock lock(mutex_);
        for (;;) {
          ScanBatch*& ready = ready_[number % ready_.size()];
          if (ready != nullptr) return std::exchange(ready, nullptr);
          if (is_read_ && number >= batch_count_) return nullptr;
          if (!is_read_ && !free_.empty()) break;
          wanted_number_ = number;
          ready_changed_.wait(lock);
          wanted_number_.reset();
        }
        batch = take_free(kCaller);
      }
      read_and_decode(batch, scanner);
    }
  }

  // What was handed out can be read into again.
  void put_back(ScanBatch* batch) {
    const std::lock_guard lock(mutex_);
    free_.push_back(batch);
    if (waiting_count_ > 0) free_changed_.notify_one();
  }

  // As many as can be had: with fewer the scan is slower, and no other.
  void start() {
    try {
      threads_.reserve(static_cast<size_t>(options_.threads) - 1);
      const SignalsKeptAway signals;
      while (threads_.size() + 1 < static_cast<size_t>(options_.threads)) {
        threads_.emplace_back(
            [this, thread = static_cast<int>(threads_.size()) + 1] { run(thread); });
      }
    } catch (const std::system_error&) {
    } catch (const std::bad_alloc&) {
    }
  }

  // Waits for what the threads are at: a read, or a line.
  void stop() noexcept {
    is_stopped_.store(true, std::memory_order_relaxed);
    {
      const std::lock_guard lock(mutex_);
      is_read_ = true;
      free_changed_.notify_all();
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  static constexpr int kCaller = 0;

  void run(int thread) noexcept {
    std::optional<BlockScanner> scanner;
    try {
      scanner.emplace(table_, options_, reader_.is_ordered());
    } catch (...) {
      return;  // for want of memory; the others do it all
    }
    for (;;) {
      ScanBatch* batch = nullptr;
      {
        std::unique_lock lock(mutex_);
        ++waiting_count_;
        free_changed_.wait(lock, [this] { return is_read_ || !free_.empty(); });
        --waiting_count_;
        if (is_read_) return;
        batch = take_free(thread);
      }
      if (!read_and_decode(batch, *scanner)) return;
    }
  }

  // Rather one that the same thread had before: it is in its caches.
  ScanBatch* take_free(int thread) {
    auto taken = std::find_if(free_.rbegin(), free_.rend(), [thread](const ScanBatch* batch) {
      return batch->last_thread == thread;
    });
    if (taken == free_.rend()) taken = free_.rbegin();
    ScanBatch* const batch = std::exchange(*taken, free_.back());
    free_.pop_back();
    batch->last_thread = thread;
    return batch;
  }

  // False: another thread has read the last one.
  bool read_and_decode(ScanBatch* batch, BlockScanner& scanner) {
    uint64_t number = 0;
    {
      const std::lock_guard reading(reader_mutex_);
      {
        const std::lock_guard lock(mutex_);
        if (is_read_) {
          free_.push_back(batch);
          return false;
        }
        number = batch_count_;
      }
      reader_.read(*batch);
      const std::lock_guard lock(mutex_);
      ++batch_count_;
      if (batch->is_last) {
        is_read_ = true;
        free_changed_.notify_all();
      }
    }
    read_unread(*batch);
    decode_batch(*batch, scanner, is_stopped_);
    const std::lock_guard lock(mutex_);
    ready_[number % ready_.size()] = batch;
    if (wanted_number_ == number) ready_changed_.notify_one();
    return true;
  }

  const TypeTable& table_;
  const ScanOptions options_;
  std::vector<std::unique_ptr<ScanBatch>> batches_;

  std::mutex reader_mutex_;
  BatchReader reader_;

  std::mutex mutex_;
  std::vector<ScanBatch*> free_;
  std::vector<ScanBatch*> ready_;          // by number, modulo the count
  uint64_t batch_count_ = 0;               // that were read
  bool is_read_ = false;                   // all of the log, or as much as is wanted
  std::optional<uint64_t> wanted_number_;  // by who waits for it
  int waiting_count_ = 0;
  std::condition_variable ready_changed_;
  std::condition_variable free_changed_;

  std::atomic<bool> is_stopped_ = false;
  std::vector<std::thread> threads_;
};

ParallelScan::ParallelScan(const TypeTable& table, LogReader reader, const ScanOptions& options)
    : crew_(std::make_unique<Crew>(table, std::move(reader), options)),
      scanner_(table, options, crew_->is_ordered()),
      generation_(process_generation()),
      path_(&kNoPath) {}

ParallelScan::~ParallelScan() {
  // Its threads, which may have held its locks, are not in this process.
  if (generation_ != process_generation()) static_cast<void>(crew_.release());
}

void ParallelScan::stop(absl::Status why) {
  status_ = std::move(why);
  is_done_ = true;
}

void* ParallelScan::next() {
  if (is_done_) return nullptr;
  if (generation_ != process_generation()) {
    stop(failed_precondition("a scan with threads does not go on in a forked child"));
    return nullptr;
  }
  try {
    while (next_entry_ == end_entry_) {
      if (advance()) continue;
      is_done_ = true;
      crew_->stop();
      return nullptr;
    }
  } catch (...) {
    is_done_ = true;
    crew_->stop();
    throw;
  }
  return hand_out();
}

void* ParallelScan::hand_out() {
  const EntryRecord& record = batch_->slots.record(next_entry_);
  if (record.counts_more) {
    add_counts(stats_, batch_->more_counts[next_more_counts_++]);
  } else {
    add_counts_of_line(stats_, record);
  }
  record_ = &record;
  path_ = batch_->pieces[record.piece].path.get();
  return batch_->slots.entry(next_entry_++);
}

bool ParallelScan::advance() {
  // 1. What comes behind the last entry of the batch at hand.
  if (batch_ != nullptr) {
    if (ends_here_) {
      add_counts(stats_, batch_->maybe_end_counts);
      return false;
    }
    add_counts(stats_, batch_->rest_counts);
    take_counts_of_lines();
    if (batch_->past_until != BlockScanner::PastUntil::kUnknown) past_until_ = batch_->past_until;
    // Told until there is another entry, which the rest of the batch need not have.
    if (end_entry_ > 0) {
      record_of_last_ = *record_;
      record_ = &record_of_last_;
      path_of_last_ = batch_->pieces[record_->piece].path;
      path_ = path_of_last_.get();
    }
    switch (batch_->ending) {
      case ScanBatch::Ending::kNextBatch:
        crew_->put_back(std::exchange(batch_, nullptr));
        break;
      case ScanBatch::Ending::kRestOfBatch:
        break;
      case ScanBatch::Ending::kEndOfLog:
        status_ = batch_->reader_status;
        return false;
      case ScanBatch::Ending::kEndOfRange:
        return false;
      case ScanBatch::Ending::kRefused:
        status_ = refusal();
        return false;
      case ScanBatch::Ending::kThrew:
        std::rethrow_exception(batch_->threw);
    }
  }
  // 2. The rest of that one, or the next.
  if (batch_ == nullptr) {
    if (next_number_ == 1) crew_->start();
    batch_ = crew_->get(next_number_++, scanner_);
    if (batch_ == nullptr) return false;
  } else {
    decode_batch(*batch_, scanner_, kIsNeverStopped);
  }
  next_entry_ = next_more_counts_ = 0;
  end_entry_ = batch_->entry_count;
  ends_here_ = batch_->maybe_end_entry.has_value() && past_until_ == BlockScanner::PastUntil::kYes;
  if (ends_here_) end_entry_ = *batch_->maybe_end_entry;
  return true;
}

void ParallelScan::take_counts_of_lines() {
  for (; batch_->pieces_added_up < batch_->piece; ++batch_->pieces_added_up) {
    const ScanBatch::Piece& piece = batch_->pieces[batch_->pieces_added_up];
    if (!piece.lines_are_counted) lines_of_files_[piece.file_id] += piece.lines.line_count;
  }
}

absl::Status ParallelScan::refusal() {
  const ScanBatch::Piece& piece = batch_->pieces[batch_->piece];
  const int64_t first = piece.line_number;
  const int64_t before = lines_of_files_[piece.file_id] + batch_->refusal.line_index;
  const int64_t line_number = first > 0 ? first + before : 0;
  if (piece.kind == ScanBatch::Piece::Kind::kLongLine) {
    return line_error(*piece.path, line_number, piece.offset_bytes, piece.problem);
  }
  return line_error(*piece.path, line_number,
                    piece.offset_bytes + (batch_->refusal.line - piece.begin),
                    batch_->refusal.reason);
}

}  // namespace logslice::internal
