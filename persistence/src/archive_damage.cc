#include "archive_damage.h"

#include <algorithm>

#include "text.h"

namespace logslice::internal {

std::string describe(const ArchiveDamage& damage) {
  return concat("the archive is damaged at byte ", damage.archive_start, ": ", damage.problem);
}

void ArchiveDamages::add(ArchiveDamage damage) {
  damage.doubtful_end = std::max(damage.doubtful_end, damage.plain_end);
  const Key key = key_of(damage);
  damages_.insert_or_assign(key, std::move(damage));
}

const ArchiveDamage* ArchiveDamages::first_behind(const Key& key) const {
  const auto found = damages_.upper_bound(key);
  return found == damages_.end() ? nullptr : &found->second;
}

const ArchiveDamage* ArchiveDamages::last() const {
  return damages_.empty() ? nullptr : &damages_.rbegin()->second;
}

}  // namespace logslice::internal
