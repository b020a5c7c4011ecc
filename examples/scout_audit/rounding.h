// This header defines round_to, which rounds as Python's round() does.
#pragma once

namespace scout_audit {

// The number with so many decimals that is nearest to the exact value of `number`; of two that are
// equally near, the one that is even. 2.675 is a little less than that, and becomes 2.67.
double round_to(double number, int decimals);

}  // namespace scout_audit
