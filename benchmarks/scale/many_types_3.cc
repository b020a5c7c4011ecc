#include "many_types_part.h"

namespace logslice::scale {

std::span<const AnyType> types_of_part_3() { return types_from<3 * kTypesPerFile>(); }

}  // namespace logslice::scale
