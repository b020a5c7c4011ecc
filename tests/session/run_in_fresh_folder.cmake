# cmake -D PROGRAM=… -D FOLDER=… -P run_in_fresh_folder.cmake: what the program says and returns.
file(REMOVE_RECURSE "${FOLDER}")
file(MAKE_DIRECTORY "${FOLDER}")
execute_process(COMMAND "${PROGRAM}" WORKING_DIRECTORY "${FOLDER}" RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} returned ${result}")
endif()
