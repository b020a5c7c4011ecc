#include "measure.h"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <thread>

#include "logslice/reflection/json_conversion.h"

namespace logslice::bench {
namespace {

Figure figure_of(std::string name, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {std::move(name), values[values.size() / 2], values.front(), values.back()};
}

void print_line(const Result& result, const Figure& figure, bool with_ratio) {
  std::printf("  %-26s %10.4g  (%.4g to %.4g)", figure.name.c_str(), figure.median, figure.least,
              figure.most);
  // Nobody is a number of times better than nothing, or than a memory that shrank.
  if (with_ratio && figure.median > 0 && result.logslice.median > 0) {
    std::printf("  %.2f x", ratio(result, figure));
  }
  std::printf("\n");
}

// The one line that ./dev bench --json promises per row.
struct JsonRow {
  std::string row;
  std::string unit;
  double logslice = 0;
  double limit = 0;
  std::map<std::string, double> peers;
};

}  // namespace

std::vector<Result> measure(const Row& row, int round_count) {
  std::vector<const Contender*> contenders = {&row.logslice, &row.limit};
  for (const Contender& peer : row.peers) contenders.push_back(&peer);
  std::vector<Part> parts = row.parts;
  if (parts.empty()) parts.push_back({"", row.unit, row.better});

  // Of each contender, of each part, the figures of all rounds.
  std::vector<std::vector<std::vector<double>>> figures(
      contenders.size(), std::vector<std::vector<double>>(parts.size()));
  const bool warms_up = row.turns == Turns::kManyRounds;
  const int count = warms_up ? round_count : 1;
  for (int round = warms_up ? -1 : 0; round < count; ++round) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      const Reading reading = contenders[i]->run();
      check(reading.figures.size() == parts.size(), "a run gives other figures than its row");
      if (round < 0) continue;
      for (size_t p = 0; p < parts.size(); ++p) figures[i][p].push_back(reading.figures[p]);
    }
  }

  std::vector<Result> results;
  for (size_t p = 0; p < parts.size(); ++p) {
    Result result = {row.name, parts[p].unit, parts[p].better, {}, {}, {}, {}};
    if (!parts[p].name.empty()) result.row += ", " + parts[p].name;
    if (p == 0) result.what = row.what;
    result.logslice = figure_of(row.logslice.name, figures[0][p]);
    result.limit = figure_of(row.limit.name, figures[1][p]);
    for (size_t i = 2; i < contenders.size(); ++i) {
      result.peers.push_back(figure_of(contenders[i]->name, figures[i][p]));
    }
    results.push_back(std::move(result));
  }
  return results;
}

double ratio(const Result& result, const Figure& other) {
  return result.better == Better::kLess ? result.logslice.median / other.median
                                        : other.median / result.logslice.median;
}

void print_machine() {
  utsname system{};
  uname(&system);
  std::string cpu = "unknown processor";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) {
      cpu = line.substr(line.find(':') + 2);
      break;
    }
  }
  std::printf("%s, %u cores, %s %s, compiler %s\n", cpu.c_str(),
              std::thread::hardware_concurrency(), system.sysname, system.release, __VERSION__);
  std::printf(
      "Medians of interleaved rounds (least to most); behind them how many times the one\n"
      "named is better than logslice.\n");
}

void print(const Result& result) {
  std::printf("\n%s, %s (%s is better)\n", result.row.c_str(), result.unit.c_str(),
              result.better == Better::kLess ? "less" : "more");
  if (!result.what.empty()) std::printf("  %s\n", result.what.c_str());
  print_line(result, result.logslice, false);
  print_line(result, result.limit, true);
  for (const Figure& peer : result.peers) print_line(result, peer, true);
  std::fflush(stdout);
}

std::string to_json(const Result& result) {
  JsonRow row = {result.row, result.unit, result.logslice.median, result.limit.median, {}};
  for (const Figure& peer : result.peers) row.peers[peer.name] = peer.median;
  const absl::StatusOr<JsonValue> json = to_json_value(row);
  check(json.ok(), "a figure is no number");
  return json->text();
}

}  // namespace logslice::bench
