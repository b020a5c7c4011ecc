// This header defines Peers: what this build can compare with.
//
// A peer is a package that may be missing. Each file of one, <peer>_<what>.cc, defines a function
// add_<peer>_<what>(Peers&), which puts what the peer can do into the lists of Peers; the rows take
// their contenders from there. CMakeLists.txt compiles the files of the packages that it finds and
// writes the list of their functions (peers.cc.in), so nothing else knows who is there.
#pragma once

#include <string>
#include <vector>

#include "background_log.h"
#include "line_encoder.h"
#include "line_store.h"
#include "read_peer.h"

namespace logslice::bench {

struct Peers {
  std::vector<std::string> found;    // with their versions: "spdlog 1.10.0"
  std::vector<std::string> missing;  // "./dev setup --peers" installs them

  std::vector<ScanPeer> scans;
  std::vector<PlacePeer> places;
  std::vector<FilterPeer> filters;
  std::vector<BackgroundPeer> background;
  std::vector<LineEncoderMaker> encoders;
  std::vector<StorePeer> stores;
};

const Peers& peers();

}  // namespace logslice::bench
