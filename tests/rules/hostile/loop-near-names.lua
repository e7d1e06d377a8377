-- names that are almost known, asked for in a loop
-- expect: error unknown
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local n = 0
    while true do local x = string["le" .. "m"] end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
