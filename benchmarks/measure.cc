#include "measure.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace logslice::bench {
namespace {

Figure figure_of(std::string name, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {std::move(name), values[values.size() / 2], values.front(), values.back()};
}

const Figure* find(const Result& result, const std::string& name) {
  if (name == kLimit) return &result.limit;
  for (const auto* figures : {&result.peers, &result.yardsticks}) {
    for (const Figure& figure : *figures) {
      if (figure.name == name) return &figure;
    }
  }
  return nullptr;
}

std::string text_of(const Result& result, const Goal& goal) {
  char number[32];
  std::snprintf(number, sizeof number, "%g", goal.bound);
  std::string text = result.better == Better::kLess ? "<= " : ">= ";
  text += number;
  text += goal.of.empty() ? " " + result.unit : " x " + goal.of;
  if (goal.plus == 0) return text;
  std::snprintf(number, sizeof number, " + %g ", goal.plus);
  return text + number + result.unit;
}

JudgedGoal judge(const Result& result, const Goal& goal) {
  JudgedGoal judged = {.text = text_of(result, goal)};
  const Figure* const other = find(result, goal.of);
  if (!goal.of.empty() && other == nullptr) return judged;
  const double figure = result.logslice.median;
  const double wanted = goal.bound * (goal.of.empty() ? 1 : other->median) + goal.plus;
  const bool met = result.better == Better::kLess ? figure <= wanted : figure >= wanted;
  judged.wanted = wanted;
  judged.verdict = met ? Verdict::kMet : Verdict::kMissed;
  return judged;
}

}  // namespace

const Figure* Result::best_peer() const {
  const auto is_worse = [this](const Figure& a, const Figure& b) {
    return better == Better::kLess ? a.median > b.median : a.median < b.median;
  };
  const auto best = std::max_element(peers.begin(), peers.end(), is_worse);
  return best == peers.end() ? nullptr : &*best;
}

std::optional<double> Result::ratio_to(const Figure& other) const {
  if (logslice.median <= 0 || other.median <= 0) return std::nullopt;
  return logslice.median / other.median;
}

std::vector<Result> measure(const RowEntry& entry, const Row& row, int round_count) {
  std::vector<const Contender*> contenders = {&row.logslice, &row.limit};
  for (const Contender& peer : row.peers) contenders.push_back(&peer);
  for (const Contender& yardstick : row.yardsticks) contenders.push_back(&yardstick);
  std::vector<Part> parts = row.parts;
  if (parts.empty()) parts.push_back({entry.name, row.unit, row.better, {}});
  parts[0].name = entry.name;
  parts[0].goals = entry.goals;

  // Of each contender, of each part, the figures of all rounds.
  std::vector<std::vector<std::vector<double>>> figures(
      contenders.size(), std::vector<std::vector<double>>(parts.size()));
  const bool warms_up = row.turns == Turns::kManyRounds;
  const int count = warms_up ? round_count : 1;
  for (int round = warms_up ? -1 : 0; round < count; ++round) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      if (round < 0 && contenders[i]->check_all) {
        contenders[i]->check_all();
        continue;
      }
      const Reading reading = contenders[i]->run();
      check(reading.figures.size() == parts.size(), "a run gives other figures than its row");
      if (round < 0) continue;
      for (size_t p = 0; p < parts.size(); ++p) figures[i][p].push_back(reading.figures[p]);
    }
  }

  std::vector<Result> results;
  for (size_t p = 0; p < parts.size(); ++p) {
    Result result = {.row = parts[p].name, .unit = parts[p].unit, .better = parts[p].better};
    if (p == 0) result.what = row.what;
    result.logslice = figure_of(row.logslice.name, figures[0][p]);
    result.limit = figure_of(row.limit.name, figures[1][p]);
    for (size_t i = 2; i < contenders.size(); ++i) {
      std::vector<Figure>& others = i < 2 + row.peers.size() ? result.peers : result.yardsticks;
      others.push_back(figure_of(contenders[i]->name, figures[i][p]));
    }
    for (const Goal& goal : parts[p].goals) result.goals.push_back(judge(result, goal));
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace logslice::bench
