#include "many_types_part.h"

namespace logslice::scale {

std::span<const AnyType> types_of_part_0() { return types_from<0 * kTypesPerFile>(); }

}  // namespace logslice::scale
