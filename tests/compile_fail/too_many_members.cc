// More members than structured bindings are generated for.
// target: reflection
// expect: a struct has at most 200 members
// expect: Wide
#include "logslice/reflection/internal/describe.h"

namespace app {
struct Wide {
  int m0 = 0, m1 = 0, m2 = 0;
  int m3 = 0, m4 = 0, m5 = 0;
  int m6 = 0, m7 = 0, m8 = 0;
  int m9 = 0, m10 = 0, m11 = 0;
  int m12 = 0, m13 = 0, m14 = 0;
  int m15 = 0, m16 = 0, m17 = 0;
  int m18 = 0, m19 = 0, m20 = 0;
  int m21 = 0, m22 = 0, m23 = 0;
  int m24 = 0, m25 = 0, m26 = 0;
  int m27 = 0, m28 = 0, m29 = 0;
  int m30 = 0, m31 = 0, m32 = 0;
  int m33 = 0, m34 = 0, m35 = 0;
  int m36 = 0, m37 = 0, m38 = 0;
  int m39 = 0, m40 = 0, m41 = 0;
  int m42 = 0, m43 = 0, m44 = 0;
  int m45 = 0, m46 = 0, m47 = 0;
  int m48 = 0, m49 = 0, m50 = 0;
  int m51 = 0, m52 = 0, m53 = 0;
  int m54 = 0, m55 = 0, m56 = 0;
  int m57 = 0, m58 = 0, m59 = 0;
  int m60 = 0, m61 = 0, m62 = 0;
  int m63 = 0, m64 = 0, m65 = 0;
  int m66 = 0, m67 = 0, m68 = 0;
  int m69 = 0, m70 = 0, m71 = 0;
  int m72 = 0, m73 = 0, m74 = 0;
  int m75 = 0, m76 = 0, m77 = 0;
  int m78 = 0, m79 = 0, m80 = 0;
  int m81 = 0, m82 = 0, m83 = 0;
  int m84 = 0, m85 = 0, m86 = 0;
  int m87 = 0, m88 = 0, m89 = 0;
  int m90 = 0, m91 = 0, m92 = 0;
  int m93 = 0, m94 = 0, m95 = 0;
  int m96 = 0, m97 = 0, m98 = 0;
  int m99 = 0, m100 = 0, m101 = 0;
  int m102 = 0, m103 = 0, m104 = 0;
  int m105 = 0, m106 = 0, m107 = 0;
  int m108 = 0, m109 = 0, m110 = 0;
  int m111 = 0, m112 = 0, m113 = 0;
  int m114 = 0, m115 = 0, m116 = 0;
  int m117 = 0, m118 = 0, m119 = 0;
  int m120 = 0, m121 = 0, m122 = 0;
  int m123 = 0, m124 = 0, m125 = 0;
  int m126 = 0, m127 = 0, m128 = 0;
  int m129 = 0, m130 = 0, m131 = 0;
  int m132 = 0, m133 = 0, m134 = 0;
  int m135 = 0, m136 = 0, m137 = 0;
  int m138 = 0, m139 = 0, m140 = 0;
  int m141 = 0, m142 = 0, m143 = 0;
  int m144 = 0, m145 = 0, m146 = 0;
  int m147 = 0, m148 = 0, m149 = 0;
  int m150 = 0, m151 = 0, m152 = 0;
  int m153 = 0, m154 = 0, m155 = 0;
  int m156 = 0, m157 = 0, m158 = 0;
  int m159 = 0, m160 = 0, m161 = 0;
  int m162 = 0, m163 = 0, m164 = 0;
  int m165 = 0, m166 = 0, m167 = 0;
  int m168 = 0, m169 = 0, m170 = 0;
  int m171 = 0, m172 = 0, m173 = 0;
  int m174 = 0, m175 = 0, m176 = 0;
  int m177 = 0, m178 = 0, m179 = 0;
  int m180 = 0, m181 = 0, m182 = 0;
  int m183 = 0, m184 = 0, m185 = 0;
  int m186 = 0, m187 = 0, m188 = 0;
  int m189 = 0, m190 = 0, m191 = 0;
  int m192 = 0, m193 = 0, m194 = 0;
  int m195 = 0, m196 = 0, m197 = 0;
  int m198 = 0, m199 = 0, m200 = 0;
};
}  // namespace app

const auto& table = logslice::internal::type_table<app::Wide>();
