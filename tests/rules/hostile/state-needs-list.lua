-- a list of needs changed does not stay changed
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local all = person:needs()
    local n = #all
    table.insert(all, need)
    return #person:needs() == n
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
