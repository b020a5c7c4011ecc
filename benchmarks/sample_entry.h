// This header defines the entry of all rows: eight fields, about 450 bytes a line.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "logslice/reflection/uuid.h"

namespace logslice::bench {

struct SearchParams {
  std::string query;
};

struct SearchResult {
  bool success = false;
  int64_t hit_count = 0;
};

struct ToolInvoked {
  std::string prompt_name;
  std::string adapter;
  std::string name;
  SearchParams params;
  SearchResult result;
  std::optional<Uuid> session_id;
  absl::Time created_at;
  Uuid event_id;
};

inline std::string ascii_query(size_t i) {
  return std::string(40 + i % 41, static_cast<char>('a' + i % 26));
}

inline std::string mixed_query(size_t i) {
  static const std::array<std::string, 4> kTexts = {
      "où est passé le café crème de l’été dernier à Orléans ? ",
      "где найти отчёт о расходах за прошлый квартал ",
      "请查找上一季度的费用报告 先月の経費報告書を探して ",
      "Überblick: цена 价格 ¿cuánto? ",
  };
  const std::string& text = kTexts[i % kTexts.size()];
  const size_t character_count = 40 + i % 41;
  std::string query;
  for (size_t at = 0, seen = 0;; ++at) {
    const char byte = text[at % text.size()];
    const bool begins_character = (byte & 0xC0) != 0x80;
    if (begins_character && seen++ == character_count) return query;
    query += byte;
  }
}

// What the queries are made of.
enum class Text {
  kAscii,
  kMixed,  // Latin with accents, Cyrillic, Chinese and Japanese, by turns, and all in one
};

// Entries that differ, queries of 40 to 80 characters.
inline std::vector<ToolInvoked> make_entries(size_t count, Text text = Text::kAscii) {
  const Uuid session_id = Uuid::random();
  std::vector<ToolInvoked> entries;
  for (size_t i = 0; i < count; ++i) {
    entries.push_back({.prompt_name = "research",
                       .adapter = "openai",
                       .name = i % 3 == 0 ? "search" : "open_file",
                       .params = {text == Text::kAscii ? ascii_query(i) : mixed_query(i)},
                       .result = {i % 7 != 0, static_cast<int64_t>(i * 31)},
                       .session_id = session_id,
                       .created_at = absl::FromUnixMicros(1'736'937'000'000'000 +
                                                          static_cast<int64_t>(i) * 1'003),
                       .event_id = Uuid::random()});
  }
  return entries;
}

inline bool is_equal(const ToolInvoked& a, const ToolInvoked& b) {
  return a.prompt_name == b.prompt_name && a.adapter == b.adapter && a.name == b.name &&
         a.params.query == b.params.query && a.result.success == b.result.success &&
         a.result.hit_count == b.result.hit_count && a.session_id == b.session_id &&
         a.created_at == b.created_at && a.event_id == b.event_id;
}

// The entry that is one in a hundred where two types share a log.
struct CostReported {
  std::string model;
  double cost = 0;
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;
};

inline bool is_equal(const CostReported& a, const CostReported& b) {
  return a.model == b.model && a.cost == b.cost && a.input_tokens == b.input_tokens &&
         a.output_tokens == b.output_tokens;
}

// What stands in `__type__`.
inline constexpr std::string_view kToolInvokedId = "logslice.bench:ToolInvoked";
inline constexpr std::string_view kCostReportedId = "logslice.bench:CostReported";

}  // namespace logslice::bench
