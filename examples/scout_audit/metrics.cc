#include "metrics.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "event_time.h"
#include "rounding.h"

namespace scout_audit {
namespace {

constexpr std::string_view kStaleCascade = "stale_cascade";
constexpr std::array<std::string_view, 3> kFailures = {"parse_fail", "api_error", kStaleCascade};

double percent_of(int64_t part, int64_t whole, int decimals) {
  return round_to(100.0 * static_cast<double>(part) / static_cast<double>(whole), decimals);
}

}  // namespace

AccuracyMetrics accuracy_of(int64_t nav_count, int64_t fail_count) {
  AccuracyMetrics metrics{.total_nav_events = nav_count, .validation_fail_count = fail_count};
  if (nav_count > 0) metrics.accuracy_pct = percent_of(nav_count - fail_count, nav_count, 2);
  return metrics;
}

std::optional<GateOutcome> gate_outcome_of(const AuditEvent& event) {
  GateOutcome outcome{.ts = event.ts, .confidence = event.confidence, .reason = event.reason};
  const std::string_view reason = event.reason ? std::string_view(*event.reason) : "";
  const bool is_compress = event.event == kGateCompress;
  if (event.event == kGateEscalate || (is_compress && reason == kStaleCascade)) {
    outcome.outcome = "escalate";
    return outcome;
  }
  const bool has_failed = std::find(kFailures.begin(), kFailures.end(), reason) != kFailures.end();
  if (!is_compress || !event.confidence.has_value() || has_failed) return std::nullopt;
  outcome.outcome = "pass";
  return outcome;
}

void GateCounter::add(const AuditEvent& event) {
  std::optional<GateOutcome> outcome = gate_outcome_of(event);
  if (!outcome.has_value()) return;
  ++metrics_.total_count;
  if (outcome->outcome == "pass") {
    ++metrics_.pass_count;
    confidence_sum_ += *outcome->confidence;
  } else {
    ++metrics_.escalate_count;
  }
  if (last_outcomes_max_ <= 0) return;
  const absl::Time at = parse_event_time(outcome->ts).value_or(absl::UnixEpoch());
  last_.push_back({absl::ToUnixMicros(at), *std::move(outcome)});
  // Not at each: a sort for as many as are kept.
  if (last_.size() / 2 >= static_cast<size_t>(last_outcomes_max_)) keep_last();
}

void GateCounter::keep_last() {
  // Of one time, the order of the log.
  std::stable_sort(last_.begin(), last_.end(),
                   [](const Timed& a, const Timed& b) { return a.at_us < b.at_us; });
  const size_t kept = std::min(last_.size(), static_cast<size_t>(last_outcomes_max_));
  last_.erase(last_.begin(), last_.end() - static_cast<std::ptrdiff_t>(kept));
}

GateMetrics GateCounter::finish() {
  GateMetrics metrics = std::move(metrics_);
  if (metrics.total_count > 0) {
    metrics.pass_rate_pct = percent_of(metrics.pass_count, metrics.total_count, 1);
    metrics.escalate_rate_pct = percent_of(metrics.escalate_count, metrics.total_count, 1);
  }
  if (metrics.pass_count > 0) {
    const double mean = confidence_sum_ / static_cast<double>(metrics.pass_count);
    metrics.mean_confidence = round_to(mean / 100, 2);
  }
  if (!last_.empty()) keep_last();
  for (Timed& timed : last_) metrics.last_outcomes.push_back(std::move(timed.outcome));
  return metrics;
}

}  // namespace scout_audit
