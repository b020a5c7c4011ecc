#include "report.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "logslice/reflection/json_conversion.h"

namespace logslice::bench {
namespace {

constexpr int kNameWidth = 30;

// The one line that ./dev bench --json promises per row.
struct JsonRow {
  std::string row;
  std::string unit;
  double logslice = 0;
  double limit = 0;
  std::map<std::string, double> peers;
};

struct AboutGoal {
  std::string goal;
  std::string verdict;
  std::optional<double> wanted;
};

struct AboutRow {
  std::string row;
  std::string better;
  double least = 0;
  double most = 0;
  std::vector<AboutGoal> goals;
};

struct About {
  std::string date;
  std::string work;
  Machine machine;
  std::vector<AboutRow> rows;
};

template <typename T>
std::string json_of(const T& value) {
  const absl::StatusOr<JsonValue> json = to_json_value(value);
  check(json.ok(), "a figure is no number");
  return json->text();
}

const char* name_of(Better better) { return better == Better::kLess ? "less" : "more"; }

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kMet:
      return "met";
    case Verdict::kMissed:
      return "missed";
    case Verdict::kNotMeasured:
      break;
  }
  return "not measured";
}

// "1.35 x"; two digits behind the point where they say something. "-": there is no such ratio.
std::string text_of(std::optional<double> ratio) {
  if (!ratio.has_value()) return "-";
  char text[32];
  std::snprintf(text, sizeof text, *ratio < 0.1 || *ratio >= 100 ? "%.2g x" : "%.2f x", *ratio);
  return text;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : ", ") + part;
  return all;
}

std::string goals_of(const Result& result) {
  std::vector<std::string> goals;
  for (const JudgedGoal& goal : result.goals) {
    goals.push_back(goal.text + " " + name_of(goal.verdict));
  }
  return joined(goals);
}

void print_line(const Result& result, const std::string& name, const Figure& figure) {
  std::printf("  %-*s %10.4g  (%.4g to %.4g)", kNameWidth, name.c_str(), figure.median,
              figure.least, figure.most);
  if (&figure != &result.logslice) {
    std::printf("  %s", text_of(result.ratio_to(figure)).c_str());
  }
  std::printf("\n");
}

}  // namespace

void print(const Machine& machine) {
  std::printf("%s\n%s, %s, compiled by %s\nPeers: %s\n", machine.processor.c_str(),
              machine.system.c_str(), machine.file_system.c_str(), machine.compiler.c_str(),
              joined(machine.peers).c_str());
  if (!machine.missing.empty()) {
    std::printf("Missing: %s (./dev setup --peers installs them)\n",
                joined(machine.missing).c_str());
  }
  std::printf(
      "Medians of interleaved rounds (least to most); behind each other's figure, how many times\n"
      "that logslice's is.\n");
}

void print(const Result& result) {
  std::printf("\n%s: %s, %s is better\n", result.row.c_str(), result.unit.c_str(),
              name_of(result.better));
  if (!result.what.empty()) std::printf("  %s\n", result.what.c_str());
  print_line(result, result.logslice.name, result.logslice);
  print_line(result, "limit: " + result.limit.name, result.limit);
  for (const Figure& peer : result.peers) print_line(result, peer.name, peer);
  for (const Figure& other : result.yardsticks) print_line(result, "(" + other.name + ")", other);
  std::printf("  %s limit", text_of(result.ratio_to(result.limit)).c_str());
  if (const Figure* const best = result.best_peer()) {
    std::printf(", %s the best peer, %s", text_of(result.ratio_to(*best)).c_str(),
                best->name.c_str());
  }
  if (!result.goals.empty()) std::printf("; goal %s", goals_of(result).c_str());
  std::printf("\n");
  std::fflush(stdout);
}

void print_summary(const std::vector<Result>& results) {
  std::printf("\n%-10s %9s %9s  %s\n", "logslice", "limit", "best peer", "row, unit; goal");
  for (const Result& result : results) {
    if (result.goals.empty()) continue;
    const Figure* const best = result.best_peer();
    std::printf("%-10.4g %9s %9s  %s, %s\n", result.logslice.median,
                text_of(result.ratio_to(result.limit)).c_str(),
                text_of(best == nullptr ? std::nullopt : result.ratio_to(*best)).c_str(),
                result.row.c_str(), result.unit.c_str());
    std::printf("%32sgoal %s\n", "", goals_of(result).c_str());
  }
}

std::string to_json(const Result& result) {
  JsonRow row = {result.row, result.unit, result.logslice.median, result.limit.median, {}};
  for (const Figure& peer : result.peers) row.peers[peer.name] = peer.median;
  return json_of(row);
}

std::string about_json(const Machine& machine, const std::vector<Result>& results,
                       const std::string& work) {
  About about = {absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone()), work, machine, {}};
  for (const Result& result : results) {
    AboutRow row = {
        result.row, name_of(result.better), result.logslice.least, result.logslice.most, {}};
    for (const JudgedGoal& goal : result.goals) {
      row.goals.push_back({goal.text, name_of(goal.verdict), goal.wanted});
    }
    about.rows.push_back(std::move(row));
  }
  return json_of(about);
}

}  // namespace logslice::bench
