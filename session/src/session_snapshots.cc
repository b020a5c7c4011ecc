// Taking a session's state, putting it back, and copying it.

#include <algorithm>
#include <utility>

#include "caught.h"
#include "logslice/persistence/log_info.h"
#include "logslice/reflection/internal/encode.h"
#include "logslice/reflection/internal/json_support.h"
#include "logslice/reflection/internal/line_decoder.h"
#include "logslice/reflection/internal/status.h"
#include "session_core.h"
#include "session_errors.h"
#include "snapshot_file.h"
#include "text.h"

namespace logslice::internal {
namespace {

// The items of one slice as JSON. InvalidArgument naming the member that no JSON can hold.
absl::StatusOr<std::vector<JsonValue>> encode_items(const TypeTable& table,
                                                    const WindowView& view) {
  std::vector<JsonValue> items(view.size());
  std::string text;
  for (size_t i = 0; i < view.size(); ++i) {
    const absl::Status status = check_encodable(table, view.at(i), kSnapshotBytesMax).status();
    if (!status.ok()) {
      return snapshot_error(
          status.code(),
          join_text({"slice ", table.id, ", item ", std::to_string(i), ": ", message_of(status)}));
    }
    text.clear();
    encode_entry_object(table, view.at(i), text);
    ValidatedJson::assign(items[i], text);
  }
  return items;
}

absl::StatusOr<Window> decode_items(const SliceState& slice, const SnapshotSlice& from) {
  Window window(slice.table(), slice.chunk_entries_log2(), slice.memory());
  for (size_t i = 0; i < from.items.size(); ++i) {
    const absl::Status status =
        decode_entry_object(slice.table(), from.items[i].text(), window.append_default());
    if (!status.ok()) {
      return snapshot_error(absl::StatusCode::kInvalidArgument,
                            join_text({"slice ", from.slice_type, ", item ", std::to_string(i),
                                       ": ", message_of(status)}));
    }
  }
  return window;
}

absl::Status not_restorable(std::string_view message) {
  return snapshot_error(absl::StatusCode::kFailedPrecondition, message);
}

}  // namespace

// --- Taking -------------------------------------------------------------------------------------

absl::StatusOr<Snapshot> SessionCore::snapshot(const SnapshotOptions& options) {
  return take_snapshot(options, LogFlush::kWrite);
}

absl::StatusOr<Snapshot> SessionCore::take_snapshot(const SnapshotOptions& options, LogFlush how) {
  if (absl::Status status = check_callable("snapshot"); !status.ok()) return status;
  struct Taken {
    const SliceState* slice;
    WindowView view;
    int64_t last_ticket = 0;
    int64_t accepted_count = 0;
    bool is_log_open = false;  // when the marks were taken; it may be later
  };
  Snapshot snapshot;
  std::vector<Taken> all;
  std::vector<SessionLog*> logs;

  // 1. One moment: no event is half applied (dispatch), no sequence number is given (window).
  {
    const std::lock_guard dispatch_lock(dispatch_mutex_);
    if (closed_) return closed_error();
    const std::lock_guard window_lock(window_mutex_);
    for (const auto& [type, slice] : slices_) {
      Taken taken{slice.get(), {}};
      if (slice->policy() == SlicePolicy::kState || options.scope == SnapshotScope::kAll) {
        taken.view = slice->window().view();
      }
      if (slice->log() != nullptr) {
        const PersistentLogWriter& writer = *slice->log()->writer;
        taken.last_ticket = writer.last_ticket();
        taken.accepted_count = writer.accepted_count(slice->log_type_index());
      }
      all.push_back(std::move(taken));
    }
    for (const std::unique_ptr<SessionLog>& log : logs_) logs.push_back(log.get());
  }
  std::sort(all.begin(), all.end(), [](const Taken& a, const Taken& b) {
    return a.slice->table().id < b.slice->table().id;
  });

  // 2. The logs first, so that a snapshot on disk is never ahead of them. A flush that fails has
  //    been reported; the snapshot says how much is missing.
  const bool is_late = absl::IsDeadlineExceeded(flush(how, drain_timeout_));
  std::unordered_map<const SessionLog*, std::vector<Taken*>> taken_of_log;
  for (Taken& taken : all) taken_of_log[taken.slice->log()].push_back(&taken);
  for (const SessionLog* const log : logs) {
    const bool is_open = log->writer->is_open();
    const LogMarks marks = is_open ? log->writer->marks() : LogMarks{};
    int64_t last_seq = 0;
    for (Taken* const taken : taken_of_log[log]) {
      taken->is_log_open = is_open;
      last_seq = (is_open ? log->writer->base_seq() : 0) + taken->last_ticket;
    }
    const int64_t safe_seq = how == LogFlush::kSync ? marks.synced_seq : marks.written_seq;
    snapshot.unwritten_count += std::max<int64_t>(0, last_seq - safe_seq);
  }

  // 3. The texts, from the pinned entries.
  snapshot.created_at = clock_->now();
  if (node_->parent() != nullptr) snapshot.parent_id = node_->parent()->id();
  snapshot.children_ids = node_->children_ids();
  snapshot.tags = tags_;
  for (const Taken& taken : all) {
    const TypeTable& table = taken.slice->table();
    const std::string id(table.id);
    snapshot.policies[id] = taken.slice->policy();
    if (taken.view.size() > 0) {
      absl::StatusOr<std::vector<JsonValue>> items = encode_items(table, taken.view);
      if (!items.ok()) return std::move(items).status();
      snapshot.slices.push_back({id, id, *std::move(items)});
    }
    if (SessionLog* const log = taken.slice->log()) {
      const std::string& path = log->writer->path();
      if (!is_valid_utf8(path.data(), path.size())) {
        // restore() compares it, so it cannot be repaired like other text.
        return snapshot_error(absl::StatusCode::kInvalidArgument,
                              join_text({"the path of the log of ", id,
                                         " is not UTF-8, which JSON cannot hold; give another"}));
      }
      // A background log that is not open, or whose device does not answer, is not asked: its
      // numbers are not known, and nothing of this session is known to be in it.
      const PersistentLogWriter& writer = *log->writer;
      absl::StatusOr<int64_t> at_open = 0;
      if (log->thread == nullptr || (taken.is_log_open && !is_late)) {
        at_open = log->writer->entry_count_at_open(taken.slice->log_type_index());
      }
      if (!at_open.ok()) return std::move(at_open).status();
      const int64_t last_seq = taken.is_log_open ? writer.base_seq() + taken.last_ticket : 0;
      snapshot.log_files[id] = {path, last_seq, *at_open + taken.accepted_count};
    }
  }
  return snapshot;
}

absl::Status SessionCore::save_snapshot(const std::filesystem::path& path) {
  absl::StatusOr<Snapshot> snapshot = take_snapshot({}, LogFlush::kSync);
  if (!snapshot.ok()) return std::move(snapshot).status();
  if (snapshot->unwritten_count > 0) {
    return snapshot_error(
        absl::StatusCode::kUnavailable,
        join_text(
            {path.native(), " is not saved: ", std::to_string(snapshot->unwritten_count),
             " log entries before it are not known to be on disk (not written, or not synced)"}));
  }
  return write_snapshot_file(*file_system_, path, snapshot->to_json());
}

// --- Putting back -------------------------------------------------------------------------------

absl::Status SessionCore::restore(const Snapshot& snapshot, const RestoreOptions& options) {
  if (absl::Status status = check_callable("restore"); !status.ok()) return status;
  struct Restored {
    SliceState* slice;
    Window window;
  };
  // The numbers of a background log are known once it is open.
  if (has_unopened_log()) flush(LogFlush::kWrite, drain_timeout_).IgnoreError();
  AfterLocks after;
  std::vector<Restored> all;
  const Exclusively exclusively(*this);
  if (closed_) return closed_error();

  // 1. Everything that can be wrong, before anything changes: names, policies, logs, items.
  if (absl::Status status = check_restorable(snapshot, options); !status.ok()) return status;
  // Each at most once, as was checked.
  std::unordered_map<const SliceState*, const SnapshotSlice*> taken;
  for (const SnapshotSlice& from : snapshot.slices) taken[find_slice(from.slice_type)] = &from;
  for (const auto& entry : slices_) {
    const std::unique_ptr<SliceState>& slice = entry.second;
    if (slice->policy() == SlicePolicy::kLog) continue;
    Window window(slice->table(), slice->chunk_entries_log2(), slice->memory());
    if (const auto from = taken.find(slice.get()); from != taken.end()) {
      absl::StatusOr<Window> decoded = out_of_memory();
      absl::Status caught =
          run_caught("decoding the items", [&] { decoded = decode_items(*slice, *from->second); });
      if (!caught.ok()) return caught;
      if (!decoded.ok()) return std::move(decoded).status();
      window = *std::move(decoded);
    }
    all.push_back({slice.get(), std::move(window)});
  }

  // 2. All slices at once.
  const std::lock_guard window_lock(window_mutex_);
  for (Restored& each : all) each.slice->replace(std::move(each.window), after.retired);
  return absl::OkStatus();
}

bool SessionCore::has_unopened_log() const {
  const std::lock_guard window_lock(window_mutex_);
  return std::any_of(logs_.begin(), logs_.end(), [](const std::unique_ptr<SessionLog>& log) {
    return !log->writer->is_open();
  });
}

absl::Status SessionCore::check_restorable(const Snapshot& snapshot,
                                           const RestoreOptions& options) const {
  std::unordered_set<const SliceState*> seen;
  for (const SnapshotSlice& from : snapshot.slices) {
    const SliceState* const slice = find_slice(from.slice_type);
    if (slice == nullptr) {
      return not_restorable(
          join_text({"the snapshot's slice type ", from.slice_type, " is not registered"}));
    }
    if (!slice->table().matches(from.item_type)) {
      return not_restorable(join_text({"the snapshot's slice ", from.slice_type,
                                       " has items of another type: ", from.item_type}));
    }
    if (!seen.insert(slice).second) {
      return not_restorable(
          join_text({"the snapshot has the slice ", from.slice_type, " more than once"}));
    }
  }
  for (const auto& [type, policy] : snapshot.policies) {
    const SliceState* const slice = find_slice(type);
    if (slice == nullptr) {
      return not_restorable(
          join_text({"the snapshot has a policy of ", type, ", which is not registered"}));
    }
    if (slice->policy() != policy) {
      return not_restorable(
          join_text({"slice ", type, " has another policy in the snapshot than here"}));
    }
  }
  for (const auto& [type, log_file] : snapshot.log_files) {
    const SliceState* const slice = find_slice(type);
    if (slice == nullptr) {
      return not_restorable(
          join_text({"the snapshot has a log of ", type, ", which is not registered"}));
    }
    if (absl::Status status = check_log_file(*slice, log_file, options); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status SessionCore::check_log_file(const SliceState& slice, const SnapshotLogFile& log_file,
                                         const RestoreOptions& options) const {
  int64_t last_seq = 0;
  std::string_view found = " ends at seq ";
  if (const SessionLog* const log = slice.log()) {
    if (!log->writer->is_open()) {
      return snapshot_error(absl::StatusCode::kUnavailable,
                            join_text({"the log of slice ", slice.table().id, ", ",
                                       log->writer->path(), ", is not open yet; restore() can ask ",
                                       "once persistence_status() says kOpen"}));
    }
    if (log->writer->path() != log_file.path) {
      return not_restorable(
          join_text({"the log of slice ", slice.table().id, " is ", log->writer->path(),
                     " here and ", log_file.path, " in the snapshot"}));
    }
    last_seq = log->writer->last_accepted_seq();
  } else {
    // A session that only looks back, or that attaches its logs later: the file itself is asked.
    const absl::StatusOr<LogInfo> info =
        read_log_info(log_file.path, {.file_system = file_system_});
    if (absl::IsNotFound(info.status())) {
      found = " is missing, at seq ";
    } else if (!info.ok()) {
      return snapshot_error(info.status().code(), message_of(info.status()));
    } else {
      last_seq = info->last_seq;
    }
  }
  if (last_seq >= log_file.last_seq || options.log_behind == LogBehind::kAccept) {
    return absl::OkStatus();
  }
  return snapshot_error(absl::StatusCode::kDataLoss,
                        join_text({"the log ", log_file.path, found, std::to_string(last_seq),
                                   ", before the snapshot's ", std::to_string(log_file.last_seq)}));
}

// --- Copying ------------------------------------------------------------------------------------

absl::StatusOr<std::shared_ptr<SessionCore>> SessionCore::clone(
    const CloneOptions& options, std::shared_ptr<SessionNode> parent) {
  if (absl::Status status = check_callable("clone"); !status.ok()) return status;
  SessionOptions made;
  made.id = options.id;
  made.tags = options.tags.value_or(tags_);
  made.event_bus = options.event_bus;
  made.clock = clock_;
  made.file_system = file_system_;
  made.diagnostics = reporter_->sink();
  made.drain_timeout = drain_timeout_;
  if (!options.tags.has_value()) made.tags.erase("parent_session_id");
  if (parent == nullptr) parent = node_->parent();
  std::shared_ptr<SessionCore> clone = make(std::move(made), std::move(parent));

  const Exclusively exclusively(*this);
  std::unordered_map<const SliceState*, SliceState*> twins;
  for (const auto& entry : slices_) {
    const std::unique_ptr<SliceState>& slice = entry.second;
    WindowView view;
    {
      const std::lock_guard window_lock(window_mutex_);
      view = slice->window().view();
    }
    if (view.size() > 0 && slice->table().copy_construct == nullptr) {
      return cannot_copy_error(slice->table().cpp_name);
    }
    auto twin = std::make_unique<SliceState>(slice->type(), slice->table(), slice->policy());
    AfterLocks after;
    const absl::Status status = run_caught("copying entries", [&] {
      twin->replace(Window::share(slice->table(), view, slice->window().chunk_entries_log2()),
                    after.retired);
    });
    if (!status.ok()) return status;
    twins[slice.get()] = twin.get();
    clone->add_slice(std::move(twin));
  }
  // Nobody else has the clone yet, so that none of its locks are needed.
  for (const auto& [event, route] : routes_) {
    Route& copy = clone->routes_[event];
    copy = route;
    for (Registration& registration : copy.registrations) {
      registration.slice = twins.at(registration.slice);
      if (registration.reducer != nullptr) registration.slice->note_reducer();
    }
  }
  for (const auto& [event, route] : clone->routes_) clone->subscribe(*event);
  return clone;
}

}  // namespace logslice::internal
