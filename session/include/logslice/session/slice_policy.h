// This header defines SlicePolicy: whether restore() rolls a slice back or keeps it.
#pragma once

namespace logslice {

enum class SlicePolicy {
  kState,  // working state: in every snapshot, rolled back by restore()
  kLog,    // append-only history: kept by restore(), may be persisted
};

}  // namespace logslice
