-- a wrong member of every fact
-- expect: error unknown
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    while true do local x = need["ga" .. "q"] end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
