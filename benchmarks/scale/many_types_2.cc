#include "many_types_part.h"

namespace logslice::scale {

std::span<const AnyType> types_of_part_2() { return types_from<2 * kTypesPerFile>(); }

}  // namespace logslice::scale
