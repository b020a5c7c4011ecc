// The same thirty types with the macros of nlohmann-json: a line per type, written and read through
// a plain stream, without windows, sequence numbers, recovery.
#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "contender.h"
#include "types.h"

// What its user has to add for std::optional.
template <typename T>
struct nlohmann::adl_serializer<std::optional<T>> {
  static void to_json(json& out, const std::optional<T>& value) {
    if (value) {
      out = *value;
    } else {
      out = nullptr;
    }
  }
  static void from_json(const json& in, std::optional<T>& value) {
    if (in.is_null()) {
      value.reset();
    } else {
      value = in.get<T>();
    }
  }
};

namespace logslice::weight {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ToolInvoked, step, name, adapter, source, attempt, score, labels,
                                   parent_step)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ToolReturned, step, name, target, duration_us, is_final,
                                   line_numbers, error, agent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ToolFailed, step, name, input_bytes, exit_code, arguments, port,
                                   channel, topic)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PromptRendered, step, name, prompt, title, output_bytes, score,
                                   offsets, parent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PromptOverridden, step, name, author, line_count, is_final,
                                   labels, limit, reason)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ModelAsked, step, name, token_count, exit_code, costs, detail,
                                   source, branch)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ModelAnswered, step, name, target, model, depth, score,
                                   arguments, parent_step)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ModelRefused, step, name, adapter, priority, is_final,
                                   line_numbers, error, topic)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TokensCounted, step, name, attempt, exit_code, labels, port,
                                   title, agent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BudgetSpent, step, name, author, channel, duration_us, score,
                                   offsets, parent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BudgetExceeded, step, name, prompt, input_bytes, is_final,
                                   arguments, limit, branch)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanMade, step, name, output_bytes, exit_code, costs, detail,
                                   model, reason)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanChanged, step, name, adapter, source, line_count, score,
                                   labels, parent_step)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PlanFinished, step, name, target, token_count, is_final,
                                   line_numbers, error, agent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StepStarted, step, name, depth, exit_code, arguments, port,
                                   channel, topic)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StepFinished, step, name, prompt, title, priority, score,
                                   offsets, parent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StepRetried, step, name, author, attempt, is_final, labels,
                                   limit, reason)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FileOpened, step, name, duration_us, exit_code, costs, detail,
                                   source, branch)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FileRead, step, name, target, model, input_bytes, score,
                                   arguments, parent_step)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FileWritten, step, name, adapter, output_bytes, is_final,
                                   line_numbers, error, topic)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FileDeleted, step, name, line_count, exit_code, labels, port,
                                   title, agent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CommandStarted, step, name, author, channel, token_count, score,
                                   offsets, parent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CommandEnded, step, name, prompt, depth, is_final, arguments,
                                   limit, branch)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SearchDone, step, name, priority, exit_code, costs, detail,
                                   model, reason)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PageFetched, step, name, adapter, source, attempt, score, labels,
                                   parent_step)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MemoryStored, step, name, target, duration_us, is_final,
                                   line_numbers, error, agent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MemoryRecalled, step, name, input_bytes, exit_code, arguments,
                                   port, channel, topic)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UserAsked, step, name, prompt, title, output_bytes, score,
                                   offsets, parent)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UserAnswered, step, name, author, line_count, is_final, labels,
                                   limit, reason)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SessionEnded, step, name, token_count, exit_code, costs, detail,
                                   source, branch)

namespace {

template <typename T>
bool append(const std::string& path, size_t type, int64_t step) {
  T event;
  fill_sample(type, step, &event);
  std::ofstream out(path, std::ios::app);
  out << nlohmann::json(event).dump() << '\n';
  return out.flush().good();
}

template <typename T>
int64_t scan(const std::string& path, size_t type) {
  std::ifstream in(path);
  int64_t step = 0;
  int64_t good_count = 0;
  for (std::string line; std::getline(in, line);) {
    const T entry = nlohmann::json::parse(line).get<T>();
    good_count += is_sample(type, step++, &entry) ? 1 : 0;
  }
  return good_count;
}

template <typename... T, size_t... I>
int64_t round_trips(const std::string& directory, TypeList<T...>, std::index_sequence<I...>) {
  const auto path = [&](size_t type) { return directory + "/" + std::to_string(type) + ".jsonl"; };
  for (int64_t step = 0; step < kEntriesPerType; ++step) {
    if (!(append<T>(path(I), I, step) && ...)) return 0;
  }
  return (scan<T>(path(I), I) + ...);
}

template <typename... T>
int64_t round_trips(const std::string& directory, TypeList<T...> types) {
  return round_trips(directory, types, std::index_sequence_for<T...>{});
}

}  // namespace

int64_t round_trips_of_nlohmann(const std::string& directory) {
  return round_trips(directory, AllTypes{});
}

}  // namespace logslice::weight
