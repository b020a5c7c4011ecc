// This header defines thirty types of eight members, as the events of an agent runtime might be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace logslice::weight {

struct ToolInvoked {
  int64_t step = 0;
  std::string name;
  std::string adapter;
  std::string source;
  int64_t attempt = 0;
  double score = 0;
  std::vector<std::string> labels;
  std::optional<int64_t> parent_step;
};

struct ToolReturned {
  int64_t step = 0;
  std::string name;
  std::string target;
  int64_t duration_us = 0;
  bool is_final = false;
  std::vector<int64_t> line_numbers;
  std::optional<std::string> error;
  std::string agent;
};

struct ToolFailed {
  int64_t step = 0;
  std::string name;
  int64_t input_bytes = 0;
  int32_t exit_code = 0;
  std::vector<std::string> arguments;
  std::optional<int64_t> port;
  std::string channel;
  std::string topic;
};

struct PromptRendered {
  int64_t step = 0;
  std::string name;
  std::string prompt;
  std::string title;
  int64_t output_bytes = 0;
  double score = 0;
  std::vector<int64_t> offsets;
  std::optional<std::string> parent;
};

struct PromptOverridden {
  int64_t step = 0;
  std::string name;
  std::string author;
  int64_t line_count = 0;
  bool is_final = false;
  std::vector<std::string> labels;
  std::optional<int64_t> limit;
  std::string reason;
};

struct ModelAsked {
  int64_t step = 0;
  std::string name;
  int64_t token_count = 0;
  int32_t exit_code = 0;
  std::vector<int64_t> costs;
  std::optional<std::string> detail;
  std::string source;
  std::string branch;
};

struct ModelAnswered {
  int64_t step = 0;
  std::string name;
  std::string target;
  std::string model;
  int64_t depth = 0;
  double score = 0;
  std::vector<std::string> arguments;
  std::optional<int64_t> parent_step;
};

struct ModelRefused {
  int64_t step = 0;
  std::string name;
  std::string adapter;
  int64_t priority = 0;
  bool is_final = false;
  std::vector<int64_t> line_numbers;
  std::optional<std::string> error;
  std::string topic;
};

struct TokensCounted {
  int64_t step = 0;
  std::string name;
  int64_t attempt = 0;
  int32_t exit_code = 0;
  std::vector<std::string> labels;
  std::optional<int64_t> port;
  std::string title;
  std::string agent;
};

struct BudgetSpent {
  int64_t step = 0;
  std::string name;
  std::string author;
  std::string channel;
  int64_t duration_us = 0;
  double score = 0;
  std::vector<int64_t> offsets;
  std::optional<std::string> parent;
};

struct BudgetExceeded {
  int64_t step = 0;
  std::string name;
  std::string prompt;
  int64_t input_bytes = 0;
  bool is_final = false;
  std::vector<std::string> arguments;
  std::optional<int64_t> limit;
  std::string branch;
};

struct PlanMade {
  int64_t step = 0;
  std::string name;
  int64_t output_bytes = 0;
  int32_t exit_code = 0;
  std::vector<int64_t> costs;
  std::optional<std::string> detail;
  std::string model;
  std::string reason;
};

struct PlanChanged {
  int64_t step = 0;
  std::string name;
  std::string adapter;
  std::string source;
  int64_t line_count = 0;
  double score = 0;
  std::vector<std::string> labels;
  std::optional<int64_t> parent_step;
};

struct PlanFinished {
  int64_t step = 0;
  std::string name;
  std::string target;
  int64_t token_count = 0;
  bool is_final = false;
  std::vector<int64_t> line_numbers;
  std::optional<std::string> error;
  std::string agent;
};

struct StepStarted {
  int64_t step = 0;
  std::string name;
  int64_t depth = 0;
  int32_t exit_code = 0;
  std::vector<std::string> arguments;
  std::optional<int64_t> port;
  std::string channel;
  std::string topic;
};

struct StepFinished {
  int64_t step = 0;
  std::string name;
  std::string prompt;
  std::string title;
  int64_t priority = 0;
  double score = 0;
  std::vector<int64_t> offsets;
  std::optional<std::string> parent;
};

struct StepRetried {
  int64_t step = 0;
  std::string name;
  std::string author;
  int64_t attempt = 0;
  bool is_final = false;
  std::vector<std::string> labels;
  std::optional<int64_t> limit;
  std::string reason;
};

struct FileOpened {
  int64_t step = 0;
  std::string name;
  int64_t duration_us = 0;
  int32_t exit_code = 0;
  std::vector<int64_t> costs;
  std::optional<std::string> detail;
  std::string source;
  std::string branch;
};

struct FileRead {
  int64_t step = 0;
  std::string name;
  std::string target;
  std::string model;
  int64_t input_bytes = 0;
  double score = 0;
  std::vector<std::string> arguments;
  std::optional<int64_t> parent_step;
};

struct FileWritten {
  int64_t step = 0;
  std::string name;
  std::string adapter;
  int64_t output_bytes = 0;
  bool is_final = false;
  std::vector<int64_t> line_numbers;
  std::optional<std::string> error;
  std::string topic;
};

struct FileDeleted {
  int64_t step = 0;
  std::string name;
  int64_t line_count = 0;
  int32_t exit_code = 0;
  std::vector<std::string> labels;
  std::optional<int64_t> port;
  std::string title;
  std::string agent;
};

struct CommandStarted {
  int64_t step = 0;
  std::string name;
  std::string author;
  std::string channel;
  int64_t token_count = 0;
  double score = 0;
  std::vector<int64_t> offsets;
  std::optional<std::string> parent;
};

struct CommandEnded {
  int64_t step = 0;
  std::string name;
  std::string prompt;
  int64_t depth = 0;
  bool is_final = false;
  std::vector<std::string> arguments;
  std::optional<int64_t> limit;
  std::string branch;
};

struct SearchDone {
  int64_t step = 0;
  std::string name;
  int64_t priority = 0;
  int32_t exit_code = 0;
  std::vector<int64_t> costs;
  std::optional<std::string> detail;
  std::string model;
  std::string reason;
};

struct PageFetched {
  int64_t step = 0;
  std::string name;
  std::string adapter;
  std::string source;
  int64_t attempt = 0;
  double score = 0;
  std::vector<std::string> labels;
  std::optional<int64_t> parent_step;
};

struct MemoryStored {
  int64_t step = 0;
  std::string name;
  std::string target;
  int64_t duration_us = 0;
  bool is_final = false;
  std::vector<int64_t> line_numbers;
  std::optional<std::string> error;
  std::string agent;
};

struct MemoryRecalled {
  int64_t step = 0;
  std::string name;
  int64_t input_bytes = 0;
  int32_t exit_code = 0;
  std::vector<std::string> arguments;
  std::optional<int64_t> port;
  std::string channel;
  std::string topic;
};

struct UserAsked {
  int64_t step = 0;
  std::string name;
  std::string prompt;
  std::string title;
  int64_t output_bytes = 0;
  double score = 0;
  std::vector<int64_t> offsets;
  std::optional<std::string> parent;
};

struct UserAnswered {
  int64_t step = 0;
  std::string name;
  std::string author;
  int64_t line_count = 0;
  bool is_final = false;
  std::vector<std::string> labels;
  std::optional<int64_t> limit;
  std::string reason;
};

struct SessionEnded {
  int64_t step = 0;
  std::string name;
  int64_t token_count = 0;
  int32_t exit_code = 0;
  std::vector<int64_t> costs;
  std::optional<std::string> detail;
  std::string source;
  std::string branch;
};

template <typename... T>
struct TypeList {};

using AllTypes =
    TypeList<ToolInvoked, ToolReturned, ToolFailed, PromptRendered, PromptOverridden, ModelAsked,
             ModelAnswered, ModelRefused, TokensCounted, BudgetSpent, BudgetExceeded, PlanMade,
             PlanChanged, PlanFinished, StepStarted, StepFinished, StepRetried, FileOpened,
             FileRead, FileWritten, FileDeleted, CommandStarted, CommandEnded, SearchDone,
             PageFetched, MemoryStored, MemoryRecalled, UserAsked, UserAnswered, SessionEnded>;

}  // namespace logslice::weight
