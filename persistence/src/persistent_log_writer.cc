#include "logslice/persistence/persistent_log_writer.h"

#include <utility>

#include "log_writer_core.h"
#include "logslice/reflection/internal/status.h"

namespace logslice {

using internal::or_out_of_memory;

PersistentLogWriter::PersistentLogWriter(std::unique_ptr<internal::LogWriterCore> core)
    : core_(std::move(core)) {}

PersistentLogWriter::~PersistentLogWriter() = default;

absl::StatusOr<std::shared_ptr<PersistentLogWriter>> PersistentLogWriter::open(
    const LogPersistenceConfig& config, LogEnvironment environment) {
  return or_out_of_memory([&]() -> absl::StatusOr<std::shared_ptr<PersistentLogWriter>> {
    absl::StatusOr<std::unique_ptr<internal::LogWriterCore>> core =
        internal::LogWriterCore::open(config, std::move(environment));
    if (!core.ok()) return core.status();
    return std::shared_ptr<PersistentLogWriter>(new PersistentLogWriter(*std::move(core)));
  });
}

absl::StatusOr<std::shared_ptr<PersistentLogWriter>> PersistentLogWriter::open_in_background(
    const LogPersistenceConfig& config, LogEnvironment environment) {
  return or_out_of_memory([&]() -> absl::StatusOr<std::shared_ptr<PersistentLogWriter>> {
    absl::StatusOr<std::unique_ptr<internal::LogWriterCore>> core =
        internal::LogWriterCore::open_in_background(config, std::move(environment));
    if (!core.ok()) return core.status();
    return std::shared_ptr<PersistentLogWriter>(new PersistentLogWriter(*std::move(core)));
  });
}

int PersistentLogWriter::register_type(const internal::TypeTable& table) {
  return core_->register_type(table);
}
absl::Status PersistentLogWriter::reserve() {
  return or_out_of_memory([&] {
    core_->reserve();
    return absl::OkStatus();
  });
}
absl::StatusOr<int64_t> PersistentLogWriter::accept(int type_index, const void* entry,
                                                    size_t memory_bytes) {
  return or_out_of_memory([&] { return core_->accept(type_index, entry, memory_bytes); });
}
absl::StatusOr<int64_t> PersistentLogWriter::accept(int type_index, const void* entry) {
  return accept(type_index, entry, core_->memory_bytes_of(type_index, entry));
}
bool PersistentLogWriter::wants_flush() const noexcept { return core_->wants_flush(); }
absl::Status PersistentLogWriter::write_through(int64_t seq) {
  return or_out_of_memory([&] { return core_->write_through(seq); });
}
absl::Status PersistentLogWriter::flush() {
  return or_out_of_memory([&] { return core_->flush(internal::LogAppender::Sync::kAsConfigured); });
}
absl::Status PersistentLogWriter::sync() {
  return or_out_of_memory([&] { return core_->flush(internal::LogAppender::Sync::kAlways); });
}
absl::Status PersistentLogWriter::step() {
  return or_out_of_memory([&] { return core_->step(); });
}
absl::Duration PersistentLogWriter::time_to_step() { return core_->time_to_step(); }
bool PersistentLogWriter::has_waiting() const noexcept { return core_->has_waiting(); }
bool PersistentLogWriter::is_past_bound() const noexcept { return core_->is_past_bound(); }
void PersistentLogWriter::drop_past_bound() { core_->drop_past_bound(); }
void PersistentLogWriter::abandon() { core_->abandon(); }
int64_t PersistentLogWriter::settled_ticket() const noexcept { return core_->settled_ticket(); }
int64_t PersistentLogWriter::last_ticket() const noexcept { return core_->last_ticket(); }
int64_t PersistentLogWriter::base_seq() const noexcept { return core_->base_seq(); }
int64_t PersistentLogWriter::unsettled_count() const noexcept { return core_->unsettled_count(); }
bool PersistentLogWriter::is_open() const noexcept { return core_->is_open(); }
PersistenceStatus PersistentLogWriter::status() const { return core_->status(); }
LogMarks PersistentLogWriter::marks() const { return core_->marks(); }
const std::string& PersistentLogWriter::path() const { return core_->path(); }
const LogPersistenceConfig& PersistentLogWriter::config() const { return core_->config(); }
int64_t PersistentLogWriter::last_accepted_seq() const noexcept {
  return core_->base_seq() + core_->last_ticket();
}
int64_t PersistentLogWriter::accepted_count(int type_index) const noexcept {
  return core_->accepted_count(type_index);
}
absl::StatusOr<int64_t> PersistentLogWriter::entry_count_at_open(int type_index) {
  return or_out_of_memory([&] { return core_->entry_count_at_open(type_index); });
}
absl::StatusOr<int64_t> PersistentLogWriter::entry_count(int type_index) {
  absl::StatusOr<int64_t> count = entry_count_at_open(type_index);
  if (!count.ok()) return count;
  return *count + core_->accepted_count(type_index);
}
void PersistentLogWriter::note_refused() noexcept { core_->note_refused(); }
absl::Status PersistentLogWriter::close() {
  return or_out_of_memory([&] { return core_->close(); });
}

}  // namespace logslice
