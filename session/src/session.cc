#include "logslice/session/session.h"

#include "logslice/reflection/internal/status.h"
#include "session_core.h"

namespace logslice {

using internal::or_out_of_memory;
using internal::SessionCore;

namespace {

std::shared_ptr<internal::SessionNode> node_of(const SessionCore* core) {
  return core == nullptr ? nullptr : core->shared_node();
}

}  // namespace

Session::Session(SessionOptions options)
    : core_(SessionCore::make(
          options, node_of(options.parent == nullptr ? nullptr : options.parent->core_.get()))) {}

Session::Session(std::shared_ptr<SessionCore> core) : core_(std::move(core)) {}

Session::~Session() {
  core_->close_reporting();
  core_->end();
}

absl::Status Session::register_slice_erased(internal::SliceType slice, SlicePolicy policy) {
  return or_out_of_memory([&] { return core_->register_slice(slice, policy); });
}

absl::Status Session::register_reducer_erased(const internal::EventType& slice,
                                              const internal::EventType& event,
                                              internal::ErasedReducer reducer) {
  return or_out_of_memory(
      [&] { return core_->register_reducer(slice, event, std::move(reducer)); });
}

DispatchResult Session::dispatch_erased(internal::EventRef event) { return core_->dispatch(event); }

absl::Status Session::configure_persistence_erased(internal::SliceType slice,
                                                   const LogPersistenceConfig& config) {
  return or_out_of_memory([&] { return core_->configure_persistence(slice, config); });
}

absl::StatusOr<LogMarks> Session::log_marks_erased(const internal::EventType& slice) const {
  return or_out_of_memory([&] { return core_->log_marks(slice); });
}

absl::StatusOr<PersistenceStatus> Session::persistence_status_erased(
    const internal::EventType& slice) const {
  return or_out_of_memory([&] { return core_->persistence_status(slice); });
}

int64_t Session::unwritten_count() const { return core_->unwritten_count(); }

absl::Status Session::flush_logs() { return flush_logs(core_->drain_timeout()); }

absl::Status Session::flush_logs(absl::Duration timeout) {
  return or_out_of_memory([&] { return core_->flush_logs(timeout); });
}

absl::Status Session::sync_logs() { return sync_logs(core_->drain_timeout()); }

absl::Status Session::sync_logs(absl::Duration timeout) {
  return or_out_of_memory([&] { return core_->sync_logs(timeout); });
}

absl::StatusOr<Snapshot> Session::snapshot(const SnapshotOptions& options) {
  return or_out_of_memory([&] { return core_->snapshot(options); });
}

absl::Status Session::save_snapshot(const std::filesystem::path& path) {
  return or_out_of_memory([&] { return core_->save_snapshot(path); });
}

absl::Status Session::restore(const Snapshot& snapshot, const RestoreOptions& options) {
  return or_out_of_memory([&] { return core_->restore(snapshot, options); });
}

absl::Status Session::reload_logs() {
  return or_out_of_memory([&] { return core_->reload_logs(); });
}

absl::Status Session::reset() {
  return or_out_of_memory([&] { return core_->reset(); });
}

absl::StatusOr<std::unique_ptr<Session>> Session::clone(const CloneOptions& options) const {
  return or_out_of_memory([&]() -> absl::StatusOr<std::unique_ptr<Session>> {
    absl::StatusOr<std::shared_ptr<SessionCore>> core = core_->clone(
        options, node_of(options.parent == nullptr ? nullptr : options.parent->core_.get()));
    if (!core.ok()) return std::move(core).status();
    return std::unique_ptr<Session>(new Session(*std::move(core)));
  });
}

absl::Status Session::close() { return close(core_->drain_timeout()); }

absl::Status Session::close(absl::Duration timeout) {
  return or_out_of_memory([&] { return core_->close(timeout); });
}

const Uuid& Session::id() const { return core_->node().id(); }

absl::Time Session::created_at() const { return core_->created_at(); }

const std::map<std::string, std::string>& Session::tags() const { return core_->tags(); }

std::optional<Uuid> Session::parent_id() const {
  if (core_->node().parent() == nullptr) return std::nullopt;
  return core_->node().parent()->id();
}

std::vector<Uuid> Session::children_ids() const { return core_->children_ids(); }

}  // namespace logslice
