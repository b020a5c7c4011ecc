#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "logslice/reflection/json_conversion.h"
#include "machine.h"
#include "scale.h"

namespace logslice::scale {
namespace {

struct JsonPoint {
  int64_t place = 0;
  double median = 0;
  double least = 0;
  double most = 0;
  int64_t rounds = 0;
};

// One line of the file of --json.
struct JsonSeries {
  std::string operation;
  std::string series;
  std::string axis;
  std::string axis_unit;
  std::string unit;
  std::string claim;
  double slope_max = 0;
  std::string what;
  std::string date;
  std::string machine;
  bool is_quick = false;
  std::vector<JsonPoint> points;
};

JsonPoint point_of(int64_t place, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {place, values[values.size() / 2], values.front(), values.back(),
          static_cast<int64_t>(values.size())};
}

}  // namespace

void fail(std::string_view why) { throw std::runtime_error(std::string(why)); }

void check(const absl::Status& status, std::string_view what) {
  if (!status.ok()) fail(std::string(what) + ": " + status.ToString());
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void say(const std::string& text) { std::fprintf(stderr, "  %s\n", text.c_str()); }

bool Report::wants(std::string_view operation) const {
  if (chosen_.empty()) return true;
  return std::any_of(chosen_.begin(), chosen_.end(),
                     [&](const std::string& name) { return operation.starts_with(name); });
}

void Report::add(std::string_view operation, std::string_view series, int64_t place, double value) {
  if (!wants(operation)) return;
  std::vector<Series>& all = series_[std::string(operation)];
  auto found =
      std::find_if(all.begin(), all.end(), [&](const Series& each) { return each.name == series; });
  if (found == all.end()) found = all.insert(all.end(), {std::string(series), {}});
  found->places[place].push_back(value);
}

void Report::print(const std::vector<Operation>& operations) {
  for (const Operation& operation : operations) {
    const auto found = series_.find(operation.name);
    if (found == series_.end()) continue;
    printed_.push_back(operation);
    std::printf("\n%s, %s, by %s%s; should be %s\n  %s\n", operation.name.c_str(),
                operation.unit.c_str(), operation.axis.c_str(),
                operation.axis_unit.empty() ? "" : (" in " + operation.axis_unit).c_str(),
                operation.claim.c_str(), operation.what.c_str());
    for (const Series& series : found->second) {
      if (!series.name.empty()) std::printf("  %s\n", series.name.c_str());
      for (const auto& [place, values] : series.places) {
        const JsonPoint point = point_of(place, values);
        std::printf("  %12lld  %10.4g  (%.4g to %.4g)\n", static_cast<long long>(place),
                    point.median, point.least, point.most);
      }
    }
    std::fflush(stdout);
  }
}

void Report::write_json(const std::filesystem::path& path) const {
  std::ofstream json(path);
  for (const Operation& operation : printed_) {
    for (const Series& series : series_.find(operation.name)->second) {
      JsonSeries line = {.operation = operation.name,
                         .series = series.name,
                         .axis = operation.axis,
                         .axis_unit = operation.axis_unit,
                         .unit = operation.unit,
                         .claim = operation.claim,
                         .slope_max = operation.slope_max,
                         .what = operation.what,
                         .date = date_of_today(),
                         .machine = machine(),
                         .is_quick = is_quick_};
      for (const auto& [place, values] : series.places) {
        line.points.push_back(point_of(place, values));
      }
      const absl::StatusOr<JsonValue> text = to_json_value(line);
      check(text.status(), "a figure is no number");
      json << text->text() << '\n';
    }
  }
  check(json.flush().good(), "the file of --json cannot be written");
}

}  // namespace logslice::scale
