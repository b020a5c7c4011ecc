// This header defines what AuditLog says about many events at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit_event.h"

namespace scout_audit {

struct AccuracyMetrics {
  int64_t total_nav_events = 0;
  int64_t validation_fail_count = 0;
  // 100 * (nav - fails) / nav, to two decimals; 100 if there was no nav. Less than 0 if there were
  // more fails than navs.
  double accuracy_pct = 100;
};

AccuracyMetrics accuracy_of(int64_t nav_count, int64_t fail_count);

// How a gate decided once.
struct GateOutcome {
  std::string ts;
  std::string outcome;  // "pass" or "escalate"
  std::optional<double> confidence;
  std::optional<std::string> reason;
};

struct GateMetrics {
  int64_t total_count = 0;  // passed and escalated
  int64_t pass_count = 0;
  int64_t escalate_count = 0;
  double pass_rate_pct = 0;      // of the total, to one decimal; 0 of none
  double escalate_rate_pct = 0;  // likewise
  // Of those that passed, 0 to 1, to two decimals; nothing if none did.
  std::optional<double> mean_confidence;
  std::vector<GateOutcome> last_outcomes;  // by their times, the newest last
};

// Passed is a gate_compress with a confidence and with no reason that says that it failed;
// escalated a gate_compress of a cascade that was stale, or a gate_escalate. Nothing for the rest.
std::optional<GateOutcome> gate_outcome_of(const AuditEvent& event);

// Gathers outcomes, and keeps the last ones by their times. Memory: about 2 * last_outcomes_max.
class GateCounter {
 public:
  explicit GateCounter(int64_t last_outcomes_max) : last_outcomes_max_(last_outcomes_max) {}
  void add(const AuditEvent& event);
  GateMetrics finish();

 private:
  struct Timed {
    int64_t at_us;
    GateOutcome outcome;
  };
  void keep_last();

  const int64_t last_outcomes_max_;
  GateMetrics metrics_;
  double confidence_sum_ = 0;
  std::vector<Timed> last_;
};

}  // namespace scout_audit
