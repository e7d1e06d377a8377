-- dates compared for ever
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local n
    while true do n = older_than("2020-01-31", 1200) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
