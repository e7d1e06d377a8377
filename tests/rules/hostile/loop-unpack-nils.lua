-- nothing unpacked for ever
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local n
    while true do n = table.unpack({}, 1, 199) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
