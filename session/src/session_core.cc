#include "session_core.h"

#include <unistd.h>

#include <new>
#include <utility>

#include "caught.h"
#include "logslice/reflection/internal/status.h"
#include "session_errors.h"
#include "text.h"

namespace logslice::internal {
namespace {

std::map<std::string, std::string> complete_tags(std::map<std::string, std::string> tags,
                                                 const SessionNode& node) {
  tags["session_id"] = node.id().to_string();
  if (node.parent() != nullptr) {
    tags.try_emplace("parent_session_id", node.parent()->id().to_string());
  }
  return tags;
}

}  // namespace

std::shared_ptr<SessionCore> SessionCore::make(SessionOptions options,
                                               std::shared_ptr<SessionNode> parent) {
  return std::make_shared<SessionCore>(std::move(options), std::move(parent));
}

SessionCore::SessionCore(SessionOptions options, std::shared_ptr<SessionNode> parent)
    : node_(SessionNode::make(options.id.has_value() ? *options.id : Uuid::random(),
                              std::move(parent))),
      tags_(complete_tags(std::move(options.tags), *node_)),
      clock_(options.clock),
      file_system_(options.file_system),
      event_bus_(std::move(options.event_bus)),
      reporter_(std::make_shared<Reporter>(std::move(options.diagnostics))),
      created_at_(clock_->now()),
      generation_(process_generation()),
      drain_timeout_(options.drain_timeout) {}

SessionCore::~SessionCore() = default;

// --- Registration -------------------------------------------------------------------------------

absl::Status SessionCore::check_callable(std::string_view what) const {
  if (is_in_forked_child()) return closed_error();
  if (!is_inside_reducer()) return absl::OkStatus();
  return failed_precondition(join_text({what, " was called from inside a reducer"}));
}

SliceState* SessionCore::find_slice(const EventType& slice) const {
  const auto found = slices_.find(&slice);
  return found == slices_.end() ? nullptr : found->second.get();
}

SliceState* SessionCore::find_slice(std::string_view type_id) const {
  const auto found = slices_by_id_.find(type_id);
  return found == slices_by_id_.end() ? nullptr : found->second;
}

absl::Status SessionCore::check_ids_free(const TypeTable& table) const {
  std::vector<std::string_view> ids(table.aliases);
  ids.push_back(table.id);
  for (const std::string_view id : ids) {
    if (const SliceState* other = find_slice(id)) {
      return already_exists(
          join_text({"slice type ", table.cpp_name, ": the id \"", id, "\" is that of ",
                     other->table().cpp_name, " in this session"}));
    }
  }
  return absl::OkStatus();
}

SliceState* SessionCore::add_slice(std::unique_ptr<SliceState> slice) {
  SliceState* const added = slice.get();
  std::map<std::string_view, SliceState*> ids = {{added->table().id, added}};
  for (const std::string_view alias : added->table().aliases) ids.emplace(alias, added);
  slices_.emplace(&added->type(), std::move(slice));
  // Needs no memory: with one the slice has the other.
  slices_by_id_.merge(ids);
  return added;
}

absl::Status SessionCore::register_slice(SliceType slice, SlicePolicy policy) {
  if (absl::Status status = check_callable("register_slice"); !status.ok()) return status;
  const Exclusively exclusively(*this);
  if (closed_) return closed_error();
  if (const SliceState* known = find_slice(*slice.type)) {
    if (known->policy() == policy) return absl::OkStatus();
    return policy_error(
        join_text({"slice ", slice.table->id,
                   " is registered with another policy; a slice is kState or kLog, not both"}));
  }
  if (absl::Status status = check_ids_free(*slice.table); !status.ok()) return status;
  auto state = std::make_unique<SliceState>(*slice.type, *slice.table, policy);
  SliceState* added = nullptr;
  {
    const std::lock_guard window_lock(window_mutex_);
    added = add_slice(std::move(state));
  }
  add_registration(*slice.type, {added, nullptr, /*is_default=*/true});
  return absl::OkStatus();
}

absl::Status SessionCore::register_reducer(const EventType& slice, const EventType& event,
                                           ErasedReducer reducer) {
  if (absl::Status status = check_callable("register_reducer"); !status.ok()) return status;
  const Exclusively exclusively(*this);
  if (closed_) return closed_error();
  SliceState* const target = find_slice(slice);
  if (target == nullptr) {
    return failed_precondition(join_text({"register_reducer: slice ", slice.cpp_name,
                                          " is not registered; call register_slice first"}));
  }
  if (reducer != nullptr) target->note_reducer();
  add_registration(event, {target, std::move(reducer)});
  return absl::OkStatus();
}

void SessionCore::add_registration(const EventType& event, Registration registration) {
  const auto [found, is_new] = routes_.try_emplace(&event);
  std::vector<Registration>& all = found->second.registrations;
  if (registration.is_default || all.empty() || !all.back().is_default) {
    all.push_back(std::move(registration));
  } else if (&registration.slice->type() == &event) {
    // The first explicit reducer of a slice for its own events takes the default's place.
    all.back() = std::move(registration);
  } else {
    all.insert(all.end() - 1, std::move(registration));
  }
  if (is_new) subscribe(event);
}

void SessionCore::subscribe(const EventType& event) {
  if (event_bus_ == nullptr) return;
  // The bus may outlive the session, and be in the middle of a publish() when it ends.
  subscriptions_.push_back(
      event_bus_->subscribe_erased(event, [weak = weak_from_this(), &event](const void* published) {
        const std::shared_ptr<SessionCore> core = weak.lock();
        if (core == nullptr) return absl::OkStatus();
        return core->dispatch({&event, published, nullptr}).status();
      }));
}

// --- Reads --------------------------------------------------------------------------------------

WindowView SessionCore::view(const EventType& slice) const {
  if (is_in_forked_child()) return {};
  trim_for_reader(slice);
  {
    const std::lock_guard lock(window_mutex_);
    if (const SliceState* state = find_slice(slice)) return state->window().view();
  }
  report_unregistered(slice);
  return {};
}

std::shared_ptr<const void> SessionCore::latest(const EventType& slice) const {
  if (is_in_forked_child()) return nullptr;
  {
    const std::lock_guard lock(window_mutex_);
    if (const SliceState* state = find_slice(slice)) return state->window().latest();
  }
  report_unregistered(slice);
  return nullptr;
}

size_t SessionCore::size(const EventType& slice) const {
  if (is_in_forked_child()) return 0;
  trim_for_reader(slice);
  {
    const std::lock_guard lock(window_mutex_);
    if (const SliceState* state = find_slice(slice)) return state->window().size();
  }
  report_unregistered(slice);
  return 0;
}

PickedEntries SessionCore::where(const EventType& slice,
                                 const std::function<bool(const void*)>& predicate) const {
  PickedEntries picked;
  picked.view = view(slice);
  picked.status = run_caught("the predicate of where()", [&] {
    for (size_t i = 0; i < picked.view.size(); ++i) {
      const void* const entry = picked.view.at(i);
      if (predicate(entry)) picked.entries.push_back(entry);
    }
  });
  if (!picked.status.ok()) {
    Diagnostic diagnostic{.severity = Severity::kWarning, .event = "predicate_failed"};
    diagnostic.message = message_of(picked.status);
    diagnostic.slice_type = slice.cpp_name;
    diagnostic.status = picked.status;
    report(diagnostic);
  }
  return picked;
}

void SessionCore::report_unregistered(const EventType& slice) const {
  {
    const std::lock_guard lock(window_mutex_);
    if (!unregistered_reported_.insert(&slice).second) return;
  }
  Diagnostic diagnostic{.severity = Severity::kWarning, .event = "slice_unregistered"};
  diagnostic.message =
      join_text({"slice ", slice.cpp_name, " is read but not registered: it reads as empty"});
  diagnostic.slice_type = slice.cpp_name;
  report(diagnostic);
}

WindowView read_all(const SessionCore& core, const EventType& slice) { return core.view(slice); }

std::shared_ptr<const void> read_latest(const SessionCore& core, const EventType& slice) {
  return core.latest(slice);
}

size_t read_size(const SessionCore& core, const EventType& slice) { return core.size(slice); }

const Uuid& read_session_id(const SessionCore& core) { return core.node().id(); }

PickedEntries read_where(const SessionCore& core, const EventType& slice,
                         const std::function<bool(const void*)>& predicate) {
  return core.where(slice, predicate);
}

// --- Life ---------------------------------------------------------------------------------------

absl::Status SessionCore::reset() {
  if (absl::Status status = check_callable("reset"); !status.ok()) return status;
  AfterLocks after;
  const Exclusively exclusively(*this);
  if (closed_) return closed_error();
  const std::lock_guard window_lock(window_mutex_);
  for (const auto& [type, slice] : slices_) {
    slice->replace(Window(slice->table(), slice->chunk_entries_log2(), slice->memory()),
                   after.retired);
  }
  return absl::OkStatus();
}

absl::Status SessionCore::close(absl::Duration timeout) {
  if (is_in_forked_child()) return absl::OkStatus();
  if (absl::Status status = check_callable("close"); !status.ok()) return status;
  if (!begin_close()) return absl::OkStatus();
  absl::Status status = or_out_of_memory([&] { return close_logs(timeout); });
  reporter_->close();
  return status;
}

void SessionCore::close_reporting() {
  if (!begin_close()) return;
  const absl::Status status = or_out_of_memory([&] { return close_logs(drain_timeout_); });
  if (!status.ok()) {
    or_out_of_memory([&] { return report_close_failed(status); }).IgnoreError();
  }
  reporter_->close();
}

absl::Status SessionCore::report_close_failed(const absl::Status& status) const {
  Diagnostic diagnostic{.severity = Severity::kError, .event = "session_close_failed"};
  diagnostic.message =
      join_text({"session ", node_->id().to_string(), " ends with entries that could not be ",
                 "written: ", message_of(status)});
  diagnostic.status = status;
  report(diagnostic);
  return absl::OkStatus();
}

bool SessionCore::begin_close() {
  if (is_in_forked_child()) return false;
  std::vector<SubscriptionId> subscriptions;
  {
    const Exclusively exclusively(*this);
    if (std::exchange(closed_, true)) return false;
    subscriptions.swap(subscriptions_);
  }
  for (const SubscriptionId subscription : subscriptions) {
    try {
      event_bus_->unsubscribe(subscription);
    } catch (const std::bad_alloc&) {
      // It finds the session closed; the logs must be all the same.
    }
  }
  return true;
}

}  // namespace logslice::internal
