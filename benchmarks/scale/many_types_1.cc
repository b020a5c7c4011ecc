#include "many_types_part.h"

namespace logslice::scale {

std::span<const AnyType> types_of_part_1() { return types_from<1 * kTypesPerFile>(); }

}  // namespace logslice::scale
